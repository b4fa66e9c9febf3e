package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RawLine;
import dev.rollbook.rollout.RolloutLine;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Where a rollout that Codex wrote of a fork goes on from its parent: its file begins there, and
/// only points to what was before.
///
/// @param through the last ordinal that it has from the parent
public record ForkBase(ThreadId parent, long through) {
  /// What the own first line of a fork is called where it stands behind the parent's lines: two
  /// lines of its kind make Codex forget all before the second.
  public static final String OWN_META = "forked_session_meta";

  private static final byte[] META = bytes("\"type\":\"session_meta\"");
  private static final byte[] RENAMED = bytes("\"type\":\"" + OWN_META + "\"");
  private static final JsonMapper JSON = JsonMapper.shared();

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

  /// The first line of the whole: it says the same, but points to nothing.
  ///
  /// @param first line of the file that begins behind the parent's lines
  public RolloutItem joined(ThreadId thread, RolloutLine first) {
    var meta = (ObjectNode) Payload.read(first.payload());
    meta.remove("history_base");
    meta.remove("forked_from_ordinal_exclusive");
    meta.put("id", thread.toString());
    meta.put("forked_from_id", parent.toString());
    var rollbook = meta.putObject("rollbook");
    rollbook.put("joined", true);
    rollbook.put("inherited_through", through);
    return new RolloutItem(
        null,
        first.timestamp(),
        ItemTypes.SESSION_META,
        RawJson.of(JSON.writeValueAsBytes(meta)),
        null);
  }

  /// The fork's own first line as it stands behind the parent's lines: only its type is another.
  public static RawLine ownMeta(RawLine first) {
    return first.with(META, RENAMED);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
