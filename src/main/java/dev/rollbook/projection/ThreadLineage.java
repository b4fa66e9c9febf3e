package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Origin of a thread: its kind, its parent and its fork point.
///
/// @param parent thread that started this one as a subagent or as a review
/// @param forkedFrom thread whose history this thread continues
/// @param inheritedThrough last ordinal that comes from `forkedFrom`; set only for a fork that
///   Rollbook created, or into which an import copied the lines of the parent
/// @param copiedThrough last ordinal of the lines that Codex copied from the parent, as stated in
///   the first line; null if the first line does not state it
public record ThreadLineage(
    ThreadKind kind,
    @Nullable ThreadId parent,
    @Nullable ThreadId forkedFrom,
    @Nullable Long inheritedThrough,
    @Nullable Long copiedThrough) {

  public static final ThreadLineage NONE =
      new ThreadLineage(ThreadKind.THREAD, null, null, null, null);

  /// A fork by Rollbook.
  public static ThreadLineage forkOf(@Nullable ThreadId parent, @Nullable Long inheritedThrough) {
    return new ThreadLineage(ThreadKind.THREAD, null, parent, inheritedThrough, null);
  }

  static ThreadLineage read(JsonNode meta) {
    var source = meta.path("source");
    var parent = PayloadJson.thread(meta, "parent_thread_id");
    var spawner =
        PayloadJson.thread(source.path("subagent").path("thread_spawn"), "parent_thread_id");
    var own = ordinal(meta.path("subagent_history_start_ordinal"));
    return new ThreadLineage(
        ThreadKind.of(source),
        parent == null ? spawner : parent,
        PayloadJson.thread(meta, "forked_from_id"),
        ordinal(meta.path(SessionMeta.ORIGINATOR).path("inherited_through")),
        own == null || own == 0 ? null : own - 1);
  }

  ThreadLineage forkedFrom(ThreadId thread) {
    return new ThreadLineage(kind, parent, thread, inheritedThrough, copiedThrough);
  }

  private static @Nullable Long ordinal(JsonNode node) {
    boolean valid = node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0;
    return valid && node.longValue() < Long.MAX_VALUE ? node.longValue() : null;
  }
}
