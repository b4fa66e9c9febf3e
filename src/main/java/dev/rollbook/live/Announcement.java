package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.PersistenceSkipped;
import dev.rollbook.event.Events;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.persistence.Skip;
import dev.rollbook.rollout.line.EncodedLines;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Tells those who follow a thread what became of an append, once that is known. Guarded by the
/// thread, so that they hear of it in the order of the ordinals.
///
/// @param occasion what the append is the first sign of, told just before its items
/// @param since when the occasion was
record Announcement(
    Events events,
    @Nullable Event occasion,
    Instant since,
    EncodedLines lines,
    long first,
    Instant at) {

  void persisted(ThreadId thread) {
    items(thread, null, null);
  }

  /// @param gap that the items are in; null where none is kept
  /// @param pending whether they are to be written as soon as that works again
  void skipped(Skip skip, @Nullable UUID gap, boolean pending) {
    items(skip.thread(), skip.reason(), gap);
    events.publish(
        new PersistenceSkipped(
            skip.thread(),
            skip.turn(),
            skip.first(),
            skip.next() - 1,
            skip.reason(),
            skip.message(),
            gap,
            pending),
        at);
  }

  private void items(ThreadId thread, @Nullable SkipReason reason, @Nullable UUID gap) {
    if (occasion != null) {
      events.publish(occasion, since);
    }
    events.publishItems(
        thread, () -> new ItemsAppended(thread, first, lines.lines(), reason == null, reason, gap));
  }
}
