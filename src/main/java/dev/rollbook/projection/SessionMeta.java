package dev.rollbook.projection;

import dev.rollbook.access.Owner;
import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import dev.rollbook.text.Unicode;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The first item of a rollout: identity and origin of its thread.
///
/// The item has two sets of members. The members that Codex defines contain the values that Codex
/// needs to list and resume the thread, with defaults for missing values. The member `rollbook`
/// contains exactly the values that a client sent. So a row that is rebuilt from the rollout equals
/// the original row.
public record SessionMeta(
    ThreadId id,
    Instant createdAt,
    ThreadOptions options,
    ThreadLineage lineage,
    @Nullable GitState git,
    Owner owner) {

  static final String ORIGINATOR = "rollbook";

  /// Members of the payload with the owner of the thread. Only Rollbook writes them: an import sets
  /// or removes them, whatever its file states.
  static final String TENANT = "rollbook_tenant";

  static final String OWNER = "rollbook_owner";

  /// Reads a `session_meta`; empty for any other line.
  public static Optional<SessionMeta> ofThread(RolloutLine line, Instant otherwise) {
    var id = PayloadJson.thread(PayloadJson.read(line.payload()), "id");
    return id == null || !line.type().equals(ItemTypes.SESSION_META)
        ? Optional.empty()
        : Optional.of(read(id, line.payload(), otherwise));
  }

  /// A thread of which only the existence is known.
  ///
  /// @param time in its first line
  public static SessionMeta unknown(ThreadId thread, String time, Instant otherwise) {
    return new SessionMeta(
        thread,
        Timestamps.parse(time, otherwise),
        ThreadOptions.NONE,
        ThreadLineage.NONE,
        null,
        Owner.NONE);
  }

  public RolloutItem toItem(String version) {
    var forkedFrom = lineage.forkedFrom();
    var payload = new PayloadJson();
    payload
        .with("id", id.toString())
        .with("session_id", id.toString())
        .with("forked_from_id", forkedFrom == null ? null : forkedFrom.toString())
        .with("timestamp", Timestamps.format(createdAt))
        .with("cwd", or(options.cwd(), "/"))
        .with("originator", ORIGINATOR)
        .with("cli_version", or(options.cliVersion(), version))
        .with("source", or(options.source(), "cli"))
        .with("model_provider", or(options.modelProvider(), "openai"))
        .with("git", git == null ? null : git.payload())
        .with(TENANT, owner.tenant())
        .with(OWNER, owner.principal())
        .with("rollbook", given());
    return new RolloutItem(
        null, Timestamps.format(createdAt), ItemTypes.SESSION_META, payload.build(), null);
  }

  private RawJson given() {
    return new PayloadJson()
        .with("name", options.name())
        .with("source", options.source())
        .with("cwd", options.cwd())
        .with("model", options.model())
        .with("model_provider", options.modelProvider())
        .with("cli_version", options.cliVersion())
        .with("metadata", options.metadata())
        .with("persistence", options.policy().wireName())
        .with("inherited_through", lineage.inheritedThrough())
        .build();
  }

  /// Reads the format of Rollbook or Codex.
  ///
  /// @param fallback time of creation if the payload has none
  static SessionMeta read(ThreadId id, RawJson raw, Instant fallback) {
    var payload = PayloadJson.read(raw);
    var given = PayloadJson.raw(raw, "rollbook");
    var own = payload.path("rollbook");
    boolean joined = own.path("joined").asBoolean(false);
    var from = own.isObject() && !joined ? own : payload;
    return new SessionMeta(
        id,
        Timestamps.parse(PayloadJson.text(payload, "timestamp"), fallback),
        new ThreadOptions(
            PayloadJson.text(own, "name"),
            PayloadJson.text(from, "cwd"),
            PayloadJson.text(from, "model"),
            PayloadJson.text(from, "model_provider"),
            source(from.path("source")),
            PayloadJson.text(from, "cli_version"),
            policy(own),
            given == null ? null : PayloadJson.raw(given, "metadata")),
        ThreadLineage.read(payload),
        GitState.read(payload.path("git")),
        owner(payload));
  }

  SessionMeta forkedFrom(ThreadId origin) {
    return new SessionMeta(id, createdAt, options, lineage.forkedFrom(origin), git, owner);
  }

  /// Codex writes a word for most sources, and for some an object whose only member names it.
  private static @Nullable String source(JsonNode source) {
    return source.isObject()
        ? source
            .propertyStream()
            .findFirst()
            .map(Map.Entry::getKey)
            .map(Unicode::wellFormed)
            .orElse(null)
        : PayloadJson.text(source);
  }

  private static Owner owner(JsonNode payload) {
    return new Owner(name(payload, TENANT), name(payload, OWNER));
  }

  private static @Nullable String name(JsonNode payload, String member) {
    var text = PayloadJson.text(payload, member);
    return text == null ? null : Unicode.cut(text, Owner.MAX_LENGTH);
  }

  private static PersistencePolicy policy(JsonNode own) {
    return PersistencePolicy.REQUIRED.wireName().equals(PayloadJson.text(own, "persistence"))
        ? PersistencePolicy.REQUIRED
        : PersistencePolicy.BEST_EFFORT;
  }

  private static String or(@Nullable String value, String fallback) {
    return value == null ? fallback : value;
  }
}
