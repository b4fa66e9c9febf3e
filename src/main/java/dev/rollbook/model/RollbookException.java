package dev.rollbook.model;

import com.google.errorprone.annotations.FormatMethod;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A failure that is reported to the caller. Sealed, so that a new failure does not compile until
/// the API has a response for it.
///
/// Such failures are expected, and not faults of the service, so no stack trace is taken.
public abstract sealed class RollbookException extends RuntimeException {
  private final transient @Nullable ThreadId thread;

  private RollbookException(@Nullable ThreadId thread, @Nullable Throwable cause, String detail) {
    super(detail, cause, false, false);
    this.thread = thread;
  }

  @FormatMethod
  private RollbookException(@Nullable ThreadId thread, String detail, Object... arguments) {
    this(thread, (Throwable) null, detail.formatted(arguments));
  }

  /// The thread that the request was about; null if it was about something else.
  public @Nullable ThreadId thread() {
    return thread;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  public static final class ThreadNotFound extends RollbookException {
    public ThreadNotFound(ThreadId thread) {
      super(thread, "thread %s not found", thread);
    }
  }

  /// A client chose an id that another owner's thread has or had.
  public static final class ThreadIdTaken extends RollbookException {
    public ThreadIdTaken(ThreadId thread) {
      super(thread, "thread id %s is taken: use another one", thread);
    }
  }

  public static final class TurnNotFound extends RollbookException {
    public TurnNotFound(ThreadId thread, TurnId turn) {
      super(thread, "turn %s of thread %s not found", turn, thread);
    }
  }

  /// No item has had this ordinal.
  public static final class ItemNotFound extends RollbookException {
    public ItemNotFound(ThreadId thread, long ordinal) {
      super(thread, "thread %s has no item with ordinal %d", thread, ordinal);
    }
  }

  /// The rollout lacks an item, because its write was skipped.
  public static final class ItemMissing extends RollbookException {
    private final transient GapId gap;

    /// @param reason of the gap
    /// @param pending whether the item is in memory and is written when the disk accepts it
    public ItemMissing(ThreadId thread, long ordinal, GapId gap, String reason, boolean pending) {
      super(
          thread,
          "item %d of thread %s is missing, because its write was skipped (%s): %s",
          ordinal,
          thread,
          reason,
          pending
              ? "it is written when the disk accepts it"
              : "repair gap %s with the skipped items".formatted(gap));
      this.gap = gap;
    }

    public GapId gap() {
      return gap;
    }
  }

  public static final class GapNotFound extends RollbookException {
    public GapNotFound(ThreadId thread, GapId gap) {
      super(thread, "gap %s of thread %s not found", gap, thread);
    }
  }

  /// A gap was already repaired, with other items than those of the request.
  public static final class GapRepaired extends RollbookException {
    public GapRepaired(ThreadId thread, GapId gap) {
      super(thread, "gap %s of thread %s was already repaired, with other items", gap, thread);
    }
  }

  /// An item that is to fill a gap is already in the thread, at another ordinal.
  public static final class ItemPresent extends RollbookException {
    public ItemPresent(ThreadId thread, String item, long ordinal) {
      super(
          thread,
          "item %s is already in thread %s, at ordinal %d: it is not written twice",
          item,
          thread,
          ordinal);
    }
  }

  public static final class ImportNotFound extends RollbookException {
    public ImportNotFound(ImportId importId) {
      super(null, "import %s not found", importId);
    }
  }

  /// A path is outside the directories that the operator allows.
  public static final class PathNotAllowed extends RollbookException {
    /// @param setting that lists the allowed directories
    public PathNotAllowed(String path, String setting) {
      super(
          null,
          "%s is outside the directories that %s allows; the operator of this service can add it",
          path,
          setting);
    }
  }

  public static final class TurnInProgress extends RollbookException {
    private final TurnId running;

    public TurnInProgress(ThreadId thread, TurnId running) {
      super(
          thread,
          "turn %s of thread %s is in progress: complete, fail or interrupt it first",
          running,
          thread);
      this.running = running;
    }

    public TurnId running() {
      return running;
    }
  }

  public static final class TurnEnded extends RollbookException {
    private final TurnStatus status;

    public TurnEnded(ThreadId thread, TurnId turn, TurnStatus status) {
      super(thread, "turn %s of thread %s has ended (%s)", turn, thread, status.wireName());
      this.status = status;
    }

    public TurnStatus status() {
      return status;
    }
  }

  public static final class ThreadArchived extends RollbookException {
    public ThreadArchived(ThreadId thread) {
      super(thread, "thread %s is archived: unarchive it first", thread);
    }
  }

  /// A thread cannot be opened, because its rollout is missing or cannot be read.
  public static final class RolloutUnusable extends RollbookException {
    private final ResumeFailure failure;

    public RolloutUnusable(ThreadId thread, ResumeFailure failure) {
      super(
          thread,
          "%s: restore the file at its path, or start a fresh thread",
          failure.message(thread));
      this.failure = failure;
    }

    /// @param path of the missing file, below the data-dir
    public RolloutUnusable(ThreadId thread, String path) {
      super(
          thread,
          "%s: put the file back at %s below the data-dir, then repeat the request",
          ResumeFailure.ROLLOUT_MISSING.message(thread),
          path);
      this.failure = ResumeFailure.ROLLOUT_MISSING;
    }

    public ResumeFailure failure() {
      return failure;
    }
  }

  public static final class OrdinalConflict extends RollbookException {
    private final long nextOrdinal;

    public OrdinalConflict(ThreadId thread, long expected, long nextOrdinal) {
      super(thread, "the next ordinal of thread %s is %d, not %d", thread, nextOrdinal, expected);
      this.nextOrdinal = nextOrdinal;
    }

    public long nextOrdinal() {
      return nextOrdinal;
    }
  }

  public static final class PreconditionFailed extends RollbookException {
    public PreconditionFailed(ThreadId thread, String current) {
      super(thread, "thread %s has changed, its ETag is now %s", thread, current);
    }
  }

  public static final class InvalidRequest extends RollbookException {
    private final transient List<Violation> violations;

    public InvalidRequest(String pointer, String detail) {
      super(null, "%s", pointer.isEmpty() ? detail : pointer + " " + detail);
      this.violations = List.of(new Violation(pointer, detail));
    }

    public List<Violation> violations() {
      return violations;
    }

    /// @param pointer a JSON pointer into the body, or the name of a parameter; empty for the whole
    public record Violation(String pointer, String detail) {}
  }

  public static final class ItemTooLarge extends RollbookException {
    public ItemTooLarge(String what, long limit) {
      super(null, "%s is larger than %d bytes", what, limit);
    }
  }

  /// A directory that the operator does not allow exports to.
  public static final class CodexHomeNotAllowed extends RollbookException {
    public CodexHomeNotAllowed(ThreadId thread, String home) {
      super(
          thread,
          "nothing may be written to %s: name the directory in the setting"
              + " rollbook.export.codex-homes, then repeat the request",
          home);
    }
  }

  /// The level of a logger of a library cannot be set over HTTP.
  public static final class LoggerNotAllowed extends RollbookException {
    public LoggerNotAllowed(String logger) {
      super(
          null,
          "the level of %s cannot be set over HTTP, only those of dev.rollbook and below: set"
              + " logging.level.%s at the start",
          logger,
          logger);
    }
  }

  /// Codex has the thread with other contents than Rollbook.
  public static final class CodexDiffers extends RollbookException {
    public CodexDiffers(ThreadId thread, String file) {
      super(
          thread,
          "thread %s is in Codex already, with other contents (%s): import it from there, or move"
              + " the file away and repeat the request",
          thread,
          file);
    }
  }

  /// Codex has the thread open. If its file were replaced, Codex would lose what it writes
  /// afterwards.
  public static final class CodexThreadLive extends RollbookException {
    public CodexThreadLive(ThreadId thread, String lock) {
      super(
          thread,
          "thread %s is live in Codex: end its session there and repeat the request; after a crash"
              + " of Codex remove %s first",
          thread,
          lock);
    }
  }

  /// The history of a thread that was started with `"persistence": "required"` cannot be written.
  public static final class PersistenceUnavailable extends RollbookException {
    private final SkipReason reason;

    public PersistenceUnavailable(
        ThreadId thread, SkipReason reason, String message, @Nullable Throwable cause) {
      super(thread, cause, message);
      this.reason = reason;
    }

    /// Something other than a thread's history cannot be written.
    public PersistenceUnavailable(SkipReason reason, String message, @Nullable Throwable cause) {
      super(null, cause, message);
      this.reason = reason;
    }

    public SkipReason reason() {
      return reason;
    }
  }

  /// Another replica has the thread in memory and was given a call, but did not answer: whether the
  /// call was done is not known.
  public static final class OutcomeUnknown extends RollbookException {
    /// The replica that has the thread in memory did not answer.
    public OutcomeUnknown(@Nullable ThreadId thread) {
      super(
          thread,
          "%s",
          "the replica that has the thread in memory did not answer: whether the request was done is"
              + " not known. Read the thread, then repeat the request if it was not");
    }

    /// Another replica has taken over the thread during a long write.
    public OutcomeUnknown(ThreadId thread, Throwable cause) {
      super(
          thread,
          cause,
          "another replica has taken over thread %s while items were written: the first of them may be"
                  .formatted(thread)
              + " stored. Read the thread, then send those that are missing");
    }
  }

  /// Another replica has what the request needs in memory, and cannot be reached. Nothing was done.
  public static final class OwnerUnavailable extends RollbookException {
    public OwnerUnavailable(@Nullable ThreadId thread, String detail) {
      super(thread, "%s", detail);
    }
  }

  /// The service is at one of its limits. The same request may succeed a little later.
  public static final class TooManyRequests extends RollbookException {
    private static final Duration SOON = Duration.ofSeconds(1);

    private final Limit limit;
    private final transient Duration retryAfter;

    public TooManyRequests(Limit limit, String detail) {
      this(limit, detail, SOON);
    }

    public TooManyRequests(Limit limit, String detail, Duration retryAfter) {
      super(null, "%s", detail);
      this.limit = limit;
      this.retryAfter = retryAfter;
    }

    /// Time after which the request may succeed.
    public Duration retryAfter() {
      return retryAfter;
    }

    public Limit limit() {
      return limit;
    }

    /// The resource that is used up.
    public enum Limit {
      REQUESTS,
      MEMORY,
      THREADS,
      QUERIES,
      CREDENTIALS,
      QUOTA
    }
  }

  /// A quota of the tenant is used up. Nothing was accepted: this is no skip.
  public static final class QuotaExceeded extends RollbookException {
    private final boolean isRate;
    private final transient Duration retryAfter;

    private QuotaExceeded(
        @Nullable ThreadId thread, String detail, boolean isRate, Duration retryAfter) {
      super(thread, "%s", detail);
      this.isRate = isRate;
      this.retryAfter = retryAfter;
    }

    /// Too many items a second.
    public static QuotaExceeded ofRate(ThreadId thread, String detail, Duration retryAfter) {
      return new QuotaExceeded(thread, detail, true, retryAfter);
    }

    /// Too many bytes a day.
    public static QuotaExceeded ofVolume(
        @Nullable ThreadId thread, String detail, Duration retryAfter) {
      return new QuotaExceeded(thread, detail, false, retryAfter);
    }

    /// Whether the quota is a rate, so that a sender that waits for seconds can continue.
    public boolean isRate() {
      return isRate;
    }

    /// Time after which the request may succeed.
    public Duration retryAfter() {
      return retryAfter;
    }
  }

  public static final class SearchDisabled extends RollbookException {
    public SearchDisabled() {
      super(null, "search is disabled: rollbook.search.enabled is false");
    }
  }

  /// The search cannot answer now; this says nothing about the history.
  public static final class SearchUnavailable extends RollbookException {
    public SearchUnavailable(String why) {
      super(null, "%s", why);
    }
  }
}
