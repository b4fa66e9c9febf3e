package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Where a thread comes from.
///
/// @param parent the thread that started it: its spawner, or the one that is reviewed
/// @param forkedFrom the thread whose history it goes on from
/// @param inheritedThrough the last ordinal that a fork made or joined by Rollbook has from
///   `forkedFrom`; null for all others
/// @param copiedThrough the last ordinal that Codex says it copied from the parent; null where it
///   does not say
public record Lineage(
    ThreadKind kind,
    @Nullable ThreadId parent,
    @Nullable ThreadId forkedFrom,
    @Nullable Long inheritedThrough,
    @Nullable Long copiedThrough) {

  public static final Lineage NONE = new Lineage(ThreadKind.THREAD, null, null, null, null);

  /// A fork that Rollbook makes.
  public static Lineage forkOf(@Nullable ThreadId parent, @Nullable Long inheritedThrough) {
    return new Lineage(ThreadKind.THREAD, null, parent, inheritedThrough, null);
  }

  static Lineage read(JsonNode meta) {
    var source = meta.path("source");
    var parent = Payload.thread(meta, "parent_thread_id");
    var spawner = Payload.thread(source.path("subagent").path("thread_spawn"), "parent_thread_id");
    var own = ordinal(meta.path("subagent_history_start_ordinal"));
    return new Lineage(
        ThreadKind.of(source),
        parent == null ? spawner : parent,
        Payload.thread(meta, "forked_from_id"),
        ordinal(meta.path(SessionMeta.ORIGINATOR).path("inherited_through")),
        own == null || own == 0 ? null : own - 1);
  }

  Lineage forkedFrom(ThreadId thread) {
    return new Lineage(kind, parent, thread, inheritedThrough, copiedThrough);
  }

  private static @Nullable Long ordinal(JsonNode node) {
    boolean valid = node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0;
    return valid && node.longValue() < Long.MAX_VALUE ? node.longValue() : null;
  }
}
