package dev.rollbook.projection;

import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Builds and reads items that record changes of a thread, such as a new name. The items are in the
/// thread's rollout, so that the changes survive a rebuild of its row.
public final class ThreadChangeItems {
  private static final String UPDATED = "_updated";
  static final String NAME_UPDATED = "thread_name_updated";
  static final String METADATA_UPDATED = "thread_metadata_updated";
  static final String PIN_UPDATED = "thread_pin_updated";
  static final String RESUME_FAILED = "resume_failed";

  private ThreadChangeItems() {}

  /// @param at time of the name: the latest name wins
  public static RolloutItem nameUpdated(ThreadId thread, @Nullable String name, Instant at) {
    return ItemTypes.event(
        at,
        PayloadJson.ofType(NAME_UPDATED)
            .with("thread_id", thread.toString())
            .withNullable("thread_name", name)
            .build());
  }

  public static RolloutItem metadataUpdated(ThreadId thread, RawJson metadata) {
    return ItemTypes.event(
        PayloadJson.ofType(METADATA_UPDATED)
            .with("thread_id", thread.toString())
            .with("metadata", metadata)
            .build());
  }

  /// Whether retention skips the thread.
  public static RolloutItem pinUpdated(ThreadId thread, boolean pinned) {
    return ItemTypes.event(
        PayloadJson.ofType(PIN_UPDATED)
            .with("thread_id", thread.toString())
            .with("pinned", RawJson.of(Boolean.toString(pinned)))
            .build());
  }

  /// The name, metadata and pin in an item; mostly none.
  ///
  /// @param at time of the item
  public static ThreadNotes notes(
      ThreadId thread, String type, RawJson payload, Instant at, long ordinal) {
    return type.equals(ItemTypes.EVENT) && payload.contains(UPDATED)
        ? notes(thread, payload, PayloadJson.read(payload), at, ordinal)
        : ThreadNotes.NONE;
  }

  /// The same for the payload of an event.
  static ThreadNotes notes(
      ThreadId thread, RawJson payload, JsonNode read, Instant at, long ordinal) {
    var type = PayloadJson.text(read, "type");
    if (type == null || !type.endsWith(UPDATED) || !isAbout(thread, read)) {
      return ThreadNotes.NONE;
    }
    return switch (type) {
      case NAME_UPDATED -> name(PayloadJson.text(read, "thread_name"), at, ordinal);
      case METADATA_UPDATED ->
          isObjectOrAbsent(read.path("metadata"))
              ? ThreadNotes.ofMetadata(RawJson.text(PayloadJson.raw(payload, "metadata")), ordinal)
              : ThreadNotes.NONE;
      case PIN_UPDATED -> ThreadNotes.ofPin(read.path("pinned").asBoolean(false), ordinal);
      default -> ThreadNotes.NONE;
    };
  }

  /// A blank name is ignored.
  private static ThreadNotes name(@Nullable String name, Instant at, long ordinal) {
    return name != null && name.isBlank()
        ? ThreadNotes.NONE
        : ThreadNotes.ofName(name, at, ordinal);
  }

  private static boolean isObjectOrAbsent(JsonNode metadata) {
    return metadata.isObject() || metadata.isNull() || metadata.isMissingNode();
  }

  /// A fork also contains changes of its parent.
  private static boolean isAbout(ThreadId thread, JsonNode payload) {
    var about = PayloadJson.text(payload, "thread_id");
    return about == null || about.equalsIgnoreCase(thread.toString());
  }

  /// Records in a new thread which thread could not be resumed, and why.
  public static RolloutItem resumeFailed(ThreadId requested, ResumeFailure reason, String message) {
    return ItemTypes.event(
        PayloadJson.ofType(RESUME_FAILED)
            .with("requested_thread_id", requested.toString())
            .with("reason", reason.wireName())
            .with("message", message)
            .build());
  }

  /// A failed resume, as recorded in the new thread that was started instead.
  public record ResumeNote(ThreadId requested, ResumeFailure reason, String message) {}

  /// Reads the result of [#resumeFailed]; empty for any other line.
  public static Optional<ResumeNote> resumeNote(RolloutLine line) {
    if (!line.type().equals(ItemTypes.EVENT)) {
      return Optional.empty();
    }
    var payload = PayloadJson.read(line.payload());
    var requested = PayloadJson.thread(payload, "requested_thread_id");
    var message = PayloadJson.text(payload, "message");
    var reason =
        Arrays.stream(ResumeFailure.values())
            .filter(failure -> failure.wireName().equals(PayloadJson.text(payload, "reason")))
            .findFirst();
    return RESUME_FAILED.equals(PayloadJson.text(payload, "type"))
            && requested != null
            && message != null
        ? reason.map(failure -> new ResumeNote(requested, failure, message))
        : Optional.empty();
  }
}
