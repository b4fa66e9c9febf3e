package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Where a rollout that Codex wrote goes on from another one: its file begins there, and only
/// points to what was before.
///
/// @param parent the thread of the other rollout, or the id of the segment that it is of a thread
///   that was reverted
/// @param through the last ordinal that it has from the other one
public record ForkBase(ThreadId parent, long through) {
  /// What the own first line of a fork is called where it stands behind the parent's lines: two
  /// lines of its kind make Codex forget all before the second.
  public static final String OWN_META = "forked_session_meta";

  private static final byte[] META = bytes("\"type\":\"session_meta\"");
  private static final byte[] RENAMED = bytes("\"type\":\"" + OWN_META + "\"");

  /// Empty for the first line of a rollout that is whole.
  public static Optional<ForkBase> of(RolloutLine first) {
    var base = Payload.read(first.payload()).path("history_base");
    var end = base.path("end_ordinal_exclusive");
    var parent = Payload.thread(base, "thread_id");
    boolean whole = !end.isIntegralNumber() || !end.canConvertToLong() || end.longValue() < 1;
    return parent == null || whole
        ? Optional.empty()
        : Optional.of(new ForkBase(parent, end.longValue() - 1));
  }

  /// Whether the rollout goes on from an earlier point of the thread itself, to which Codex has
  /// reverted it: the point of a fork is where it goes on from its parent.
  public static boolean isReverted(RolloutLine first) {
    var meta = Payload.read(first.payload());
    var end = meta.path("history_base").path("end_ordinal_exclusive");
    return of(first).isPresent() && !end.equals(meta.path("forked_from_ordinal_exclusive"));
  }

  /// The fork's own first line as it stands behind the parent's lines: only its type is another.
  public static RawLine ownMeta(RawLine first) {
    return first.with(META, RENAMED);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
