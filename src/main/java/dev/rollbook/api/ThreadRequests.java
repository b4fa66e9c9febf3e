package dev.rollbook.api;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.thread.NewFork;
import dev.rollbook.thread.NewThread;
import org.jspecify.annotations.Nullable;

/// The bodies of a start and of a fork of a thread, with every mistake told at its place.
final class ThreadRequests {
  static final int LONGEST_NAME = 1000;
  static final int LONGEST_METADATA = 64 * 1024;
  private static final int LONGEST_PATH = 4096;
  private static final int LONGEST_WORD = 256;

  private @Nullable ThreadId id;
  private @Nullable ThreadId resumeId;
  private boolean failsWithoutResume;
  private @Nullable String name;
  private @Nullable String cwd;
  private @Nullable String model;
  private @Nullable String modelProvider;
  private @Nullable String source;
  private @Nullable String cliVersion;
  private @Nullable PersistencePolicy persistence;
  private @Nullable RawJson metadata;

  private ThreadRequests() {}

  /// @param resumeId the thread to go on with; null to start one
  /// @param failsWithoutResume whether a resume that cannot be is a problem rather than a fresh
  ///   thread
  record Start(@Nullable ThreadId resumeId, boolean failsWithoutResume, NewThread thread) {}

  static Start start(JsonBody body) {
    var members = new ThreadRequests();
    body.object(name -> members.member(name, body));
    return members.build();
  }

  static NewFork fork(JsonBody body) {
    var members = new ForkMembers();
    body.object(name -> members.member(name, body));
    return members.build();
  }

  private void member(String member, JsonBody body) {
    switch (member) {
      case "id" -> id = body.parsed(ThreadId::parse);
      case "resumeId" -> resumeId = body.parsed(ThreadId::parse);
      case "onResumeFailure" -> failsWithoutResume = "fail".equals(body.parsed(this::onFailure));
      case "name" -> name = body.text(LONGEST_NAME);
      case "cwd" -> cwd = body.word(LONGEST_PATH);
      case "model" -> model = body.word(LONGEST_WORD);
      case "modelProvider" -> modelProvider = body.word(LONGEST_WORD);
      case "source" -> source = body.word(LONGEST_WORD);
      case "cliVersion" -> cliVersion = body.word(LONGEST_WORD);
      case "persistence" -> persistence = body.parsed(PersistencePolicy::parse);
      case "metadata" -> metadata = body.rawObject(LONGEST_METADATA);
      default -> throw body.unknown();
    }
  }

  private Start build() {
    return new Start(
        resumeId,
        failsWithoutResume,
        new NewThread(
            id,
            name,
            cwd,
            model,
            modelProvider,
            source,
            cliVersion,
            policy(persistence),
            metadata));
  }

  private String onFailure(String text) {
    if (text.equals("fresh") || text.equals("fail")) {
      return text;
    }
    throw new IllegalArgumentException("must be fresh or fail");
  }

  private static PersistencePolicy policy(@Nullable PersistencePolicy given) {
    return given == null ? PersistencePolicy.BEST_EFFORT : given;
  }

  /// The members of a fork: where it leaves its parent, and what a start says of a thread.
  private static final class ForkMembers {
    private final ThreadRequests thread = new ThreadRequests();
    private @Nullable TurnId throughTurn;
    private @Nullable Long throughOrdinal;

    void member(String name, JsonBody body) {
      switch (name) {
        case "throughTurnId" -> throughTurn = body.parsed(TurnId::parse);
        case "throughOrdinal" -> throughOrdinal = body.ordinal();
        case "resumeId", "onResumeFailure" -> throw body.unknown();
        default -> thread.member(name, body);
      }
    }

    NewFork build() {
      if (throughTurn != null && throughOrdinal != null) {
        throw new InvalidRequest("/throughOrdinal", "must not be there beside throughTurnId");
      }
      return new NewFork(
          thread.id,
          throughTurn,
          throughOrdinal,
          thread.name,
          thread.cwd,
          thread.model,
          thread.modelProvider,
          thread.source,
          thread.cliVersion,
          thread.persistence,
          thread.metadata);
    }
  }
}
