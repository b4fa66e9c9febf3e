package dev.rollbook.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// Why an append was skipped. The names are part of the API and values of a meter's tag.
///
/// To add a reason, add a case to each `switch` that does not compile: in this class, in
/// `ApiExceptionHandler` and in `PersistenceHealth`. The OpenAPI enumeration and the counters need
/// no change. Also change the texts in `openapi/api.yaml`, `src/docs/durability.md` ("Reasons"),
/// `src/docs/runbook.md` and `src/docs/decisions/gaps.md`; the type in
/// `src/test/typescript/client.ts`; the list in `ActuatorHttpTest`; and `SkipReasonsIT`.
public enum SkipReason {
  /// The live thread was shut down or discarded while the turn ran.
  RECORDER_REMOVED("recorder of thread %s was removed"),
  /// The rollout is no longer at its path, or another file is.
  ROLLOUT_MISSING("rollout of thread %s is missing"),
  /// The thread was deleted between the start of the turn and the append.
  THREAD_NOT_FOUND("thread %s not found"),
  /// The service is stopping.
  WRITER_SHUTTING_DOWN("writer of thread %s is shutting down"),
  /// No space left, or a quota is used up.
  STORAGE_FULL("no space left to persist thread %s"),
  /// Any other failure to write; the message ends with the short cause.
  STORAGE_FAILED("storage of thread %s failed");

  private final String message;
  private final String wireName = name().toLowerCase(Locale.ROOT);

  SkipReason(String message) {
    this.message = message;
  }

  /// The name in responses, meters and log lines.
  @JsonValue
  public String wireName() {
    return wireName;
  }

  public String message(ThreadId thread) {
    return message.formatted(thread);
  }

  /// Whether the storage is at fault, so that only a successful write shows that it works again.
  public boolean isStorageFault() {
    return switch (this) {
      case STORAGE_FULL, STORAGE_FAILED -> true;
      case RECORDER_REMOVED, ROLLOUT_MISSING, THREAD_NOT_FOUND, WRITER_SHUTTING_DOWN -> false;
    };
  }

  /// Whether the skipped items are missing from the history of an existing thread.
  public boolean leavesGap() {
    return switch (this) {
      case THREAD_NOT_FOUND -> false;
      case RECORDER_REMOVED, ROLLOUT_MISSING, WRITER_SHUTTING_DOWN, STORAGE_FULL, STORAGE_FAILED ->
          true;
    };
  }
}
