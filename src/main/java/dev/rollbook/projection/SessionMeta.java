package dev.rollbook.projection;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.Unicode;
import dev.rollbook.rollout.line.RolloutLine;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The first item of every rollout: who the thread is.
///
/// Codex's own members hold what Codex needs to list and resume the thread, with a default where
/// the thread has no value. What was really given stands in the member `rollbook`, so that a row
/// made from the rollout equals the one that was lost.
public record SessionMeta(
    ThreadId id,
    Instant createdAt,
    @Nullable String name,
    @Nullable String source,
    @Nullable String cwd,
    @Nullable String model,
    @Nullable String modelProvider,
    @Nullable String cliVersion,
    @Nullable RawJson metadata,
    PersistencePolicy persistence,
    Lineage lineage,
    @Nullable GitState git) {

  static final String ORIGINATOR = "rollbook";

  /// Reads a line that says who a thread is; empty where the line is any other.
  public static Optional<SessionMeta> ofThread(RolloutLine line, Instant otherwise) {
    var id = Payload.thread(Payload.read(line.payload()), "id");
    return id == null || !line.type().equals(ItemTypes.SESSION_META)
        ? Optional.empty()
        : Optional.of(read(id, line.payload(), otherwise));
  }

  /// A thread of which nothing is known but that it is there.
  ///
  /// @param time that its first line says
  public static SessionMeta unknown(ThreadId thread, String time, Instant otherwise) {
    return new SessionMeta(
        thread,
        Timestamps.parse(time, otherwise),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        PersistencePolicy.BEST_EFFORT,
        Lineage.NONE,
        null);
  }

  public RolloutItem toItem(String version) {
    var forkedFrom = lineage.forkedFrom();
    var payload = new Payload();
    payload
        .with("id", id.toString())
        .with("session_id", id.toString())
        .with("forked_from_id", forkedFrom == null ? null : forkedFrom.toString())
        .with("timestamp", Timestamps.format(createdAt))
        .with("cwd", or(cwd, "/"))
        .with("originator", ORIGINATOR)
        .with("cli_version", or(cliVersion, version))
        .with("source", or(source, "cli"))
        .with("model_provider", or(modelProvider, "openai"))
        .with("git", git == null ? null : git.payload())
        .with("rollbook", given());
    return new RolloutItem(
        null, Timestamps.format(createdAt), ItemTypes.SESSION_META, payload.build(), null);
  }

  private RawJson given() {
    return new Payload()
        .with("name", name)
        .with("source", source)
        .with("cwd", cwd)
        .with("model", model)
        .with("model_provider", modelProvider)
        .with("cli_version", cliVersion)
        .with("metadata", metadata)
        .with("persistence", persistence.wireName())
        .with("inherited_through", lineage.inheritedThrough())
        .build();
  }

  /// Reads what Rollbook or Codex wrote.
  ///
  /// @param fallback the time of creation where the payload does not say one
  static SessionMeta read(ThreadId id, RawJson raw, Instant fallback) {
    var payload = Payload.read(raw);
    var given = Payload.raw(raw, "rollbook");
    var own = payload.path("rollbook");
    boolean joined = own.path("joined").asBoolean(false);
    var from = own.isObject() && !joined ? own : payload;
    return new SessionMeta(
        id,
        Timestamps.parse(Payload.text(payload, "timestamp"), fallback),
        Payload.text(own, "name"),
        source(from.path("source")),
        Payload.text(from, "cwd"),
        Payload.text(from, "model"),
        Payload.text(from, "model_provider"),
        Payload.text(from, "cli_version"),
        given == null ? null : Payload.raw(given, "metadata"),
        policy(own),
        Lineage.read(payload),
        GitState.read(payload.path("git")));
  }

  SessionMeta forkedFrom(ThreadId origin) {
    return new SessionMeta(
        id,
        createdAt,
        name,
        source,
        cwd,
        model,
        modelProvider,
        cliVersion,
        metadata,
        persistence,
        lineage.forkedFrom(origin),
        git);
  }

  /// Codex has a word for most sources and an object for some, whose only member names it.
  private static @Nullable String source(JsonNode source) {
    return source.isObject()
        ? source
            .propertyStream()
            .findFirst()
            .map(Map.Entry::getKey)
            .map(Unicode::wellFormed)
            .orElse(null)
        : Payload.text(source);
  }

  private static PersistencePolicy policy(JsonNode own) {
    return PersistencePolicy.REQUIRED.wireName().equals(Payload.text(own, "persistence"))
        ? PersistencePolicy.REQUIRED
        : PersistencePolicy.BEST_EFFORT;
  }

  private static String or(@Nullable String value, String fallback) {
    return value == null ? fallback : value;
  }
}
