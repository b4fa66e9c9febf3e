package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Reference from a rollout of Codex to its base: the rollout whose history it continues. The
/// referring rollout begins at the fork point, and does not repeat lines of the base.
///
/// @param parent id of the base's thread; if Codex began the base after a revert, the base's own id
/// @param through ordinal of the last line of the base that belongs to the continued history
public record ForkBase(ThreadId parent, long through) {
  /// Type of a fork's own first line after the lines of its parent. A second `session_meta` would
  /// make Codex drop everything before it.
  public static final String OWN_META = "forked_session_meta";

  private static final byte[] META = bytes("\"type\":\"session_meta\"");
  private static final byte[] RENAMED = bytes("\"type\":\"" + OWN_META + "\"");

  /// Empty for the first line of a complete rollout.
  public static Optional<ForkBase> of(RolloutLine first) {
    var base = PayloadJson.read(first.payload()).path("history_base");
    var end = base.path("end_ordinal_exclusive");
    var parent = PayloadJson.thread(base, "thread_id");
    boolean whole = !end.isIntegralNumber() || !end.canConvertToLong() || end.longValue() < 1;
    return parent == null || whole
        ? Optional.empty()
        : Optional.of(new ForkBase(parent, end.longValue() - 1));
  }

  /// Whether the rollout continues an earlier point of its own thread, to which Codex reverted it,
  /// rather than a fork point of a parent.
  public static boolean isReverted(RolloutLine first) {
    var meta = PayloadJson.read(first.payload());
    var end = meta.path("history_base").path("end_ordinal_exclusive");
    return of(first).isPresent() && !end.equals(meta.path("forked_from_ordinal_exclusive"));
  }

  /// The first line of a fork with the type that it has after the lines of the parent.
  public static RawLine ownMeta(RawLine first) {
    return first.with(META, RENAMED);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
