package dev.rollbook.projection;

import dev.rollbook.access.Owner;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Editor of a `session_meta` that is copied from a Codex rollout into a new rollout. Members that
/// are not edited stay unchanged.
///
/// When Codex reverts a thread, it continues the thread in another file, a segment. The member
/// [#SEGMENT] is the id of the last segment whose lines the new rollout contains. It is set for a
/// reverted thread, and for the fork that keeps the history from before the revert.
public final class SessionMetaEditor {
  /// Member that names the segment.
  public static final String SEGMENT = "rollbook_segment";

  private static final String FORKED_FROM = "forked_from_id";
  private static final String FORK_POINT = "forked_from_ordinal_exclusive";
  private static final String INHERITED = "inherited_through";
  private static final String JOINED = "joined";
  private static final JsonMapper JSON = JsonMapper.shared();

  private final ObjectNode meta;
  private final String timestamp;

  private SessionMetaEditor(RawJson payload, String timestamp) {
    this.meta = (ObjectNode) PayloadJson.read(payload);
    this.timestamp = timestamp;
  }

  /// @param first line of a rollout, a `session_meta`
  public static SessionMetaEditor of(RolloutLine first) {
    return new SessionMetaEditor(first.payload(), first.timestamp());
  }

  /// @param first item of a rollout, a `session_meta`
  public static SessionMetaEditor of(RolloutItem first, String timestamp) {
    return new SessionMetaEditor(first.payload(), timestamp);
  }

  /// The segment with which a rollout ends; empty if its thread was never reverted.
  public static Optional<ThreadId> segment(RolloutLine first) {
    return Optional.ofNullable(PayloadJson.thread(PayloadJson.read(first.payload()), SEGMENT));
  }

  /// Sets the segment with which the rollout ends.
  public SessionMetaEditor endingWith(ThreadId segment) {
    meta.put(SEGMENT, segment.toString());
    return this;
  }

  /// Changes the line to the first line of a complete rollout, which contains the parent's lines
  /// that Codex's first line only refers to.
  public SessionMetaEditor joined(ThreadId thread, ForkBase base) {
    boolean isSegment = meta.has(SEGMENT);
    var forkPoint = meta.remove(FORK_POINT);
    meta.remove("history_base");
    meta.put("id", thread.toString());
    if (!isSegment && !meta.path(FORKED_FROM).isString()) {
      meta.put(FORKED_FROM, base.parent().toString());
    }
    var own = own();
    own.put(JOINED, true);
    if (!isSegment) {
      own.put(INHERITED, base.through());
    } else if (!own.has(INHERITED) && isPositive(forkPoint)) {
      // The base of a segment is usually another segment of the same thread.
      own.put(INHERITED, Math.min(forkPoint.asLong() - 1, base.through()));
    }
    return this;
  }

  private ObjectNode own() {
    return meta.path(SessionMeta.ORIGINATOR) instanceof ObjectNode given
        ? given
        : meta.putObject(SessionMeta.ORIGINATOR);
  }

  private static boolean isPositive(@Nullable JsonNode number) {
    return number != null && number.canConvertToLong() && number.asLong() > 0;
  }

  /// Changes the line to the first line of the thread that keeps another thread's history from
  /// before a revert.
  ///
  /// @param segment with which that history ends
  /// @param through last ordinal that both threads have; -1 for none
  public SessionMetaEditor keptOf(ThreadId reverted, ThreadId id, ThreadId segment, long through) {
    meta.remove(FORK_POINT);
    meta.put("id", id.toString());
    meta.put(FORKED_FROM, reverted.toString());
    meta.put(SEGMENT, segment.toString());
    boolean fromHere = meta.path(SessionMeta.ORIGINATOR).isObject();
    var own = own();
    own.remove("name");
    if (!fromHere) {
      own.put(JOINED, true);
    }
    // Lines that the reverted thread has inherited from its own parent are inherited here, too.
    long inherited = Math.max(through, own.path(INHERITED).asLong(-1));
    if (inherited >= 0) {
      own.put(INHERITED, inherited);
    }
    own.putObject("metadata").put("reason", "reverted");
    return this;
  }

  /// Sets the time of creation to that of another first line.
  public SessionMetaEditor createdAsIn(RolloutLine other) {
    var time = PayloadJson.read(other.payload()).path("timestamp");
    if (time.isString()) {
      meta.set("timestamp", time);
    }
    return this;
  }

  /// Sets the owner of the thread, or removes one that another service wrote.
  public SessionMetaEditor ownedBy(Owner owner) {
    set(SessionMeta.TENANT, owner.tenant());
    set(SessionMeta.OWNER, owner.principal());
    return this;
  }

  /// Whether two first lines are the same, apart from the owner.
  public static boolean differInOwner(RolloutLine one, RolloutLine other) {
    return one.timestamp().equals(other.timestamp())
        && of(one).ownedBy(Owner.NONE).meta.equals(of(other).ownedBy(Owner.NONE).meta);
  }

  private void set(String member, @Nullable String value) {
    if (value == null) {
      meta.remove(member);
    } else {
      meta.put(member, value);
    }
  }

  public RolloutItem item() {
    return new RolloutItem(
        null, timestamp, ItemTypes.SESSION_META, RawJson.of(JSON.writeValueAsBytes(meta)), null);
  }
}
