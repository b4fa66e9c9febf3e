package dev.rollbook.api.upload;

import dev.rollbook.api.turns.AppendReceipt;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.AppendOutcome.Skipped;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.TurnEnded;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.web.http.ApiProblem;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/// Result of the part of an upload that has been read. After the last line it becomes the receipt.
/// If the upload ends early, it becomes a part of the error response.
public final class UploadProgress {
  private static final String ATTRIBUTE = UploadProgress.class.getName();

  private final ThreadId thread;
  private final @Nullable TurnId turn;
  private @Nullable TurnStatus turnStatus;
  private long accepted;
  private long duplicates;
  private @Nullable Long first;
  private @Nullable Long last;
  private @Nullable Skipped firstSkip;
  private long skippedItems;
  private long unreadableLines;
  private AppendReceipt.@Nullable UnreadableLineReport firstUnreadable;
  private boolean begun;
  private long badLine;
  private @Nullable ApiProblem firstProblem;

  private UploadProgress(ThreadId thread, @Nullable TurnId turn) {
    this.thread = thread;
    this.turn = turn;
  }

  /// Begins the upload of a request.
  static UploadProgress begin(HttpServletRequest request, ThreadId thread, @Nullable TurnId turn) {
    var upload = new UploadProgress(thread, turn);
    request.setAttribute(ATTRIBUTE, upload);
    return upload;
  }

  public static @Nullable UploadProgress of(HttpServletRequest request) {
    return (UploadProgress) request.getAttribute(ATTRIBUTE);
  }

  /// The body is read from here on.
  void beginLines() {
    begun = true;
  }

  boolean hasBegun() {
    return begun;
  }

  void add(AppendOutcome outcome) {
    turnStatus = turn == null ? null : TurnStatus.IN_PROGRESS;
    var ordinals = outcome.ordinals();
    if (ordinals.accepted() + ordinals.duplicates() > 0) {
      accepted += ordinals.accepted();
      duplicates += ordinals.duplicates();
      first = first == null ? ordinals.first() : first;
      last = ordinals.last();
    }
    if (outcome instanceof Skipped skipped) {
      firstSkip = firstSkip == null ? skipped : firstSkip;
      skippedItems += ordinals.accepted();
    }
  }

  /// Lines of a wrapped upload that are stored as text.
  void addUnreadable(UploadReader.Batch batch) {
    unreadableLines += batch.badLines();
    if (firstUnreadable == null && batch.bad() != null) {
      firstUnreadable =
          new AppendReceipt.UnreadableLineReport(
              batch.badLine(), String.valueOf(batch.bad().getMessage()));
    }
  }

  void stoppedAtLine(long line) {
    badLine = line;
  }

  void stoppedBy(RollbookException failure) {
    if (badLine == 0 && failure instanceof TurnEnded ended) {
      turnStatus = ended.status();
    }
  }

  AppendReceipt receipt() {
    return new AppendReceipt(
        thread.value(),
        turn == null ? null : turn.value(),
        turnStatus == null ? null : turnStatus.wireName(),
        accepted,
        duplicates,
        first,
        last,
        firstSkip == null
            ? new AppendReceipt.PersistedReport("persisted")
            : AppendReceipt.SkippedReport.of(firstSkip, skippedItems),
        firstUnreadable == null
            ? null
            : new AppendReceipt.UnreadableLines(unreadableLines, firstUnreadable));
  }

  /// The first problem. If the body could not be read, Tomcat reports a second, less specific one.
  public @Nullable ApiProblem firstProblem() {
    return firstProblem;
  }

  /// Adds the receipt of the lines before it to the problem that ends the upload.
  public ApiProblem explain(ApiProblem problem) {
    if (firstProblem == null) {
      firstProblem = problem.withDetail(detail(problem)).with("receipt", receipt());
    }
    return firstProblem;
  }

  private String detail(ApiProblem problem) {
    if (badLine == 0) {
      return problem.detail();
    }
    long persisted = accepted + duplicates - skippedItems;
    return "line %d: %s; items persisted before it: %d"
        .formatted(badLine, problem.detail(), persisted);
  }
}
