package dev.rollbook.api;

import dev.rollbook.api.BodyMapper.Max;
import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.thread.NewFork;
import dev.rollbook.thread.NewThread;
import org.jspecify.annotations.Nullable;

/// The bodies of a start and of a fork of a thread.
final class ThreadRequests {
  static final int LONGEST_NAME = 1000;
  static final int LONGEST_METADATA = 64 * 1024;
  static final int LONGEST_PATH = 4096;
  static final int LONGEST_WORD = 256;

  private ThreadRequests() {}

  /// What becomes of a thread that cannot be resumed.
  enum OnResumeFailure {
    FRESH,
    FAIL;

    static OnResumeFailure parse(String text) {
      return switch (text) {
        case "fresh" -> FRESH;
        case "fail" -> FAIL;
        default -> throw new IllegalArgumentException("must be fresh or fail");
      };
    }
  }

  /// @param resumeId the thread to go on with; null to start one
  record Start(
      @Nullable ThreadId id,
      @Nullable ThreadId resumeId,
      @Nullable OnResumeFailure onResumeFailure,
      @Max(value = LONGEST_NAME, replacing = true) @Nullable String name,
      @Max(LONGEST_PATH) @Nullable String cwd,
      @Max(LONGEST_WORD) @Nullable String model,
      @Max(LONGEST_WORD) @Nullable String modelProvider,
      @Max(LONGEST_WORD) @Nullable String source,
      @Max(LONGEST_WORD) @Nullable String cliVersion,
      @Nullable PersistencePolicy persistence,
      @Max(LONGEST_METADATA) @Nullable RawJson metadata) {

    NewThread thread() {
      var policy = persistence == null ? PersistencePolicy.BEST_EFFORT : persistence;
      return new NewThread(
          id, name, cwd, model, modelProvider, source, cliVersion, policy, metadata);
    }
  }

  /// Where a fork leaves its parent, and what a start says of a thread.
  record Fork(
      @Nullable ThreadId id,
      @Nullable TurnId throughTurnId,
      @Nullable Long throughOrdinal,
      @Max(value = LONGEST_NAME, replacing = true) @Nullable String name,
      @Max(LONGEST_PATH) @Nullable String cwd,
      @Max(LONGEST_WORD) @Nullable String model,
      @Max(LONGEST_WORD) @Nullable String modelProvider,
      @Max(LONGEST_WORD) @Nullable String source,
      @Max(LONGEST_WORD) @Nullable String cliVersion,
      @Nullable PersistencePolicy persistence,
      @Max(LONGEST_METADATA) @Nullable RawJson metadata) {

    NewFork fork() {
      if (throughTurnId != null && throughOrdinal != null) {
        throw new InvalidRequest("/throughOrdinal", "must not be there beside throughTurnId");
      }
      return new NewFork(
          id,
          throughTurnId,
          throughOrdinal,
          name,
          cwd,
          model,
          modelProvider,
          source,
          cliVersion,
          persistence,
          metadata);
    }
  }
}
