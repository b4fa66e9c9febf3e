package dev.rollbook.api.threads;

import dev.rollbook.api.json.BodyMapper;
import dev.rollbook.api.json.BodyMapper.Max;
import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.WireName;
import dev.rollbook.text.RawJson;
import dev.rollbook.thread.NewFork;
import dev.rollbook.thread.NewThread;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/// Request bodies of starting and forking a thread.
public final class ThreadRequests {
  public static final int MAX_NAME_LENGTH = 1000;
  public static final int MAX_METADATA_BYTES = 64 * 1024;
  public static final int MAX_PATH_LENGTH = 4096;
  public static final int MAX_WORD_LENGTH = 256;

  private ThreadRequests() {}

  /// What to do if the thread cannot be resumed.
  @JsonDeserialize(using = OnResumeFailure.Deserializer.class)
  public enum OnResumeFailure implements WireName {
    FRESH,
    FAIL;

    static final class Deserializer extends BodyMapper.MemberDeserializer<OnResumeFailure> {
      Deserializer() {
        super(body -> body.parsed(text -> WireName.parse(OnResumeFailure.class, text)));
      }
    }
  }

  /// @param resumeId the thread to resume; null to start a new one
  public record StartThreadRequest(
      @Nullable ThreadId id,
      @Nullable ThreadId resumeId,
      @Nullable OnResumeFailure onResumeFailure,
      @Max(value = MAX_NAME_LENGTH, replacing = true) @Nullable String name,
      @Max(MAX_PATH_LENGTH) @Nullable String cwd,
      @Max(MAX_WORD_LENGTH) @Nullable String model,
      @Max(MAX_WORD_LENGTH) @Nullable String modelProvider,
      @Max(MAX_WORD_LENGTH) @Nullable String source,
      @Max(MAX_WORD_LENGTH) @Nullable String cliVersion,
      @Nullable PersistencePolicy persistence,
      @Max(MAX_METADATA_BYTES) @Nullable RawJson metadata) {

    public NewThread thread() {
      return new NewThread(
          id,
          new ThreadOptions(
              name, cwd, model, modelProvider, source, cliVersion, persistence, metadata));
    }
  }

  /// The fork point in the parent, and the members of a start.
  public record ForkThreadRequest(
      @Nullable ThreadId id,
      @Nullable TurnId throughTurnId,
      @Nullable Long throughOrdinal,
      @Max(value = MAX_NAME_LENGTH, replacing = true) @Nullable String name,
      @Max(MAX_PATH_LENGTH) @Nullable String cwd,
      @Max(MAX_WORD_LENGTH) @Nullable String model,
      @Max(MAX_WORD_LENGTH) @Nullable String modelProvider,
      @Max(MAX_WORD_LENGTH) @Nullable String source,
      @Max(MAX_WORD_LENGTH) @Nullable String cliVersion,
      @Nullable PersistencePolicy persistence,
      @Max(MAX_METADATA_BYTES) @Nullable RawJson metadata) {

    public NewFork fork() {
      if (throughTurnId != null && throughOrdinal != null) {
        throw new InvalidRequest("/throughOrdinal", "must not be combined with throughTurnId");
      }
      return new NewFork(
          id,
          throughTurnId,
          throughOrdinal,
          new ThreadOptions(
              name, cwd, model, modelProvider, source, cliVersion, persistence, metadata));
    }
  }
}
