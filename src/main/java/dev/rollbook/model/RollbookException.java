package dev.rollbook.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every failure that a caller is told of. Closed, so that each has its answer.
///
/// They are answers, not faults of the service: no stack trace is taken.
public abstract sealed class RollbookException extends RuntimeException {
  private final transient @Nullable ThreadId thread;

  private RollbookException(@Nullable ThreadId thread, String detail, @Nullable Throwable cause) {
    super(detail, cause, false, false);
    this.thread = thread;
  }

  public @Nullable ThreadId thread() {
    return thread;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  public static final class ThreadNotFound extends RollbookException {
    public ThreadNotFound(ThreadId thread) {
      super(thread, "thread %s not found".formatted(thread), null);
    }
  }

  public static final class TurnNotFound extends RollbookException {
    public TurnNotFound(ThreadId thread, TurnId turn) {
      super(thread, "turn %s of thread %s not found".formatted(turn, thread), null);
    }
  }

  public static final class GapNotFound extends RollbookException {
    public GapNotFound(ThreadId thread, GapId gap) {
      super(thread, "gap %s of thread %s not found".formatted(gap, thread), null);
    }
  }

  /// A gap was repaired before, with other items than those that are brought now.
  public static final class GapRepaired extends RollbookException {
    public GapRepaired(ThreadId thread, GapId gap) {
      super(
          thread,
          "gap %s of thread %s was repaired already, with other items".formatted(gap, thread),
          null);
    }
  }

  /// An item that is to fill a gap is in the thread already, somewhere else.
  public static final class ItemPresent extends RollbookException {
    public ItemPresent(ThreadId thread, String item, long ordinal) {
      super(
          thread,
          "item %s is in thread %s already, at ordinal %d: it is not written twice"
              .formatted(item, thread, ordinal),
          null);
    }
  }

  public static final class ImportNotFound extends RollbookException {
    public ImportNotFound(ImportId importId) {
      super(null, "import %s not found".formatted(importId), null);
    }
  }

  /// A path lies outside of what the operator allowed to be read or written.
  public static final class PathNotAllowed extends RollbookException {
    /// @param setting that allows paths
    public PathNotAllowed(String path, String setting) {
      super(
          null,
          "%s lies outside of the directories that %s allows; the operator of this service can add it there"
              .formatted(path, setting),
          null);
    }
  }

  public static final class TurnInProgress extends RollbookException {
    public TurnInProgress(ThreadId thread, TurnId running) {
      super(
          thread,
          "turn %s of thread %s is in progress: complete, fail or interrupt it first"
              .formatted(running, thread),
          null);
    }
  }

  public static final class TurnEnded extends RollbookException {
    private final TurnStatus status;

    public TurnEnded(ThreadId thread, TurnId turn, TurnStatus status) {
      super(
          thread,
          "turn %s of thread %s has ended (%s)".formatted(turn, thread, status.wireName()),
          null);
      this.status = status;
    }

    public TurnStatus status() {
      return status;
    }
  }

  public static final class ThreadArchived extends RollbookException {
    public ThreadArchived(ThreadId thread) {
      super(thread, "thread %s is archived: unarchive it first".formatted(thread), null);
    }
  }

  /// The rollout of a thread that was to be opened is not usable.
  public static final class RolloutUnusable extends RollbookException {
    private final ResumeFailure failure;

    public RolloutUnusable(ThreadId thread, ResumeFailure failure) {
      super(
          thread,
          failure.message(thread) + ": restore the file at its path, or start a fresh thread",
          null);
      this.failure = failure;
    }

    /// @param path below the data-dir of the file that is missing
    public RolloutUnusable(ThreadId thread, String path) {
      super(
          thread,
          "%s: put the file back at %s below the data-dir, then repeat the request"
              .formatted(ResumeFailure.ROLLOUT_MISSING.message(thread), path),
          null);
      this.failure = ResumeFailure.ROLLOUT_MISSING;
    }

    public ResumeFailure failure() {
      return failure;
    }
  }

  public static final class OrdinalConflict extends RollbookException {
    private final long nextOrdinal;

    public OrdinalConflict(ThreadId thread, long expected, long nextOrdinal) {
      super(
          thread,
          "the next ordinal of thread %s is %d, not %d".formatted(thread, nextOrdinal, expected),
          null);
      this.nextOrdinal = nextOrdinal;
    }

    public long nextOrdinal() {
      return nextOrdinal;
    }
  }

  public static final class PreconditionFailed extends RollbookException {
    public PreconditionFailed(ThreadId thread, String current) {
      super(
          thread,
          "thread %s was changed meanwhile, its ETag is now %s".formatted(thread, current),
          null);
    }
  }

  public static final class InvalidRequest extends RollbookException {
    private final transient List<Violation> violations;

    public InvalidRequest(List<Violation> violations) {
      super(null, describe(violations), null);
      this.violations = List.copyOf(violations);
    }

    public InvalidRequest(String pointer, String detail) {
      this(List.of(new Violation(pointer, detail)));
    }

    public List<Violation> violations() {
      return violations;
    }

    private static String describe(List<Violation> violations) {
      var first = violations.getFirst();
      return first.pointer().isEmpty() ? first.detail() : first.pointer() + " " + first.detail();
    }
  }

  public static final class ItemTooLarge extends RollbookException {
    public ItemTooLarge(String what, long limit) {
      super(null, "%s is larger than %d bytes".formatted(what, limit), null);
    }
  }

  /// A directory that the operator has not opened for exports.
  public static final class CodexHomeNotAllowed extends RollbookException {
    public CodexHomeNotAllowed(ThreadId thread, String home) {
      super(
          thread,
          ("nothing may be written to %s: name the directory in the setting"
                  + " rollbook.export.codex-homes, then repeat the request")
              .formatted(home),
          null);
    }
  }

  /// The level of a logger of a library is not set over HTTP.
  public static final class LoggerNotAllowed extends RollbookException {
    public LoggerNotAllowed(String logger) {
      super(
          null,
          ("the level of %s is not set over HTTP, only those of dev.rollbook and below: set"
                  + " logging.level.%s at the start")
              .formatted(logger, logger),
          null);
    }
  }

  /// Codex has the thread with other contents than Rollbook.
  public static final class CodexDiffers extends RollbookException {
    public CodexDiffers(ThreadId thread, String file) {
      super(
          thread,
          ("thread %s is in Codex already, with other contents (%s): import it from there, or move"
                  + " the file away and repeat the request")
              .formatted(thread, file),
          null);
    }
  }

  /// Codex may write to the thread, and would lose what it writes to a file that is replaced.
  public static final class CodexThreadLive extends RollbookException {
    public CodexThreadLive(ThreadId thread, String lock) {
      super(
          thread,
          ("thread %s is live in Codex: end its session there and repeat the request; after a crash"
                  + " of Codex remove %s first")
              .formatted(thread, lock),
          null);
    }
  }

  /// The history of a thread that was started with `"persistence": "required"` cannot be written.
  public static final class PersistenceUnavailable extends RollbookException {
    private final SkipReason reason;

    public PersistenceUnavailable(
        ThreadId thread, SkipReason reason, String message, @Nullable Throwable cause) {
      super(thread, message, cause);
      this.reason = reason;
    }

    /// Something else than a thread's history cannot be kept.
    public PersistenceUnavailable(SkipReason reason, String message, Throwable cause) {
      super(null, message, cause);
      this.reason = reason;
    }

    public SkipReason reason() {
      return reason;
    }
  }

  /// The service is at one of its limits: the same request will do a little later.
  public static final class TooManyRequests extends RollbookException {
    private final Limit limit;

    public TooManyRequests(Limit limit, String detail) {
      super(null, detail, null);
      this.limit = limit;
    }

    public Limit limit() {
      return limit;
    }

    /// What there is no more of.
    public enum Limit {
      REQUESTS,
      MEMORY,
      THREADS,
      QUERIES
    }
  }

  /// There is no search in this service.
  public static final class SearchDisabled extends RollbookException {
    public SearchDisabled() {
      super(null, "the search is switched off: rollbook.search.enabled is false", null);
    }
  }

  /// The search cannot answer now; it says nothing about the history.
  public static final class SearchUnavailable extends RollbookException {
    public SearchUnavailable(String why) {
      super(null, why, null);
    }
  }
}
