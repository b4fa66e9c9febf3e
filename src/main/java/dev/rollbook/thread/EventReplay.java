package dev.rollbook.thread;

import dev.rollbook.access.Access;
import dev.rollbook.event.EncodedEvent;
import dev.rollbook.event.Event;
import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.PersistenceRepaired;
import dev.rollbook.event.Event.ResumeFailed;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Event.TurnStarted;
import dev.rollbook.event.EventBus;
import dev.rollbook.event.Subscription;
import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.projection.ThreadChangeItems;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.line.LineView;
import dev.rollbook.rollout.line.RolloutLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Event stream of a thread for one subscriber. The stream replays the history after an ordinal,
/// and continues with a live [Subscription].
///
/// A subscription has the ordinal of its first live event. The history before this ordinal is read
/// from the rollout, and the subscription continues after it, so that no event is missed or
/// repeated. If the history has more than half as many items as a subscription can buffer, the
/// subscription would overflow while the history is sent. Therefore it is dropped, and a new one is
/// created after the history up to the ordinal has been sent.
public final class EventReplay implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EventReplay.class);
  private static final int MAX_LINES = 500;

  /// Ordinal of the note about a failed resume, in the thread that was started instead.
  private static final long RESUME_NOTE_ORDINAL = 1;

  private static final long PAGE_BYTES = 64 * 1024;

  private final Access access;
  private final ThreadId thread;
  private final Factory services;
  private final int maxLag;
  private final MemoryReservation room;
  private final List<GapView> shownGaps = new ArrayList<>();
  private boolean resumeNotePending;
  private long position;
  private int pageLines = 50;
  private long target;
  private @Nullable Subscription subscription;

  private EventReplay(
      Access access,
      ThreadId thread,
      @Nullable Long after,
      MemoryReservation room,
      Factory services) {
    this.access = access;
    this.thread = thread;
    this.room = room;
    this.services = services;
    this.maxLag = services.events.buffer() / 2;
    this.position = after == null ? Long.MAX_VALUE : after;
    this.resumeNotePending = after == null || after < RESUME_NOTE_ORDINAL;
    follow();
  }

  /// Begins replays.
  @Component
  public record Factory(HistoryReader history, LiveThreads live, GapService gaps, EventBus events) {
    /// @param after the last ordinal that the subscriber has, -1 for none; null for live events
    ///   only
    /// @param room memory for a page of the history
    public EventReplay begin(
        Access access, ThreadId thread, @Nullable Long after, MemoryReservation room) {
      return new EventReplay(access, thread, after, room, this);
    }
  }

  /// The next events of the history; empty when [#subscription] continues.
  ///
  /// @throws dev.rollbook.model.RollbookException if the thread or its rollout is gone
  public Optional<List<EncodedEvent>> next() {
    if (resumeNotePending) {
      resumeNotePending = false;
      var note = resumeNote();
      if (!note.isEmpty()) {
        return Optional.of(note);
      }
    }
    while (position >= target && subscription == null) {
      follow();
    }
    if (position < target) {
      return Optional.of(page());
    }
    room.tryResize(0);
    return shownGaps.isEmpty() ? Optional.empty() : Optional.of(repairedMeanwhile());
  }

  /// Whether history is left to read.
  public boolean isBehind() {
    return position < target;
  }

  /// The last ordinal that was returned.
  public long position() {
    return position;
  }

  /// Live events after the history.
  public Subscription subscription() {
    if (subscription == null) {
      throw new IllegalStateException("the history of thread %s is not read yet".formatted(thread));
    }
    return subscription;
  }

  @Override
  public void close() {
    if (subscription != null) {
      subscription.close();
    }
  }

  /// Subscribes, and keeps the subscription if little of the history is left to read. A position
  /// beyond the end belongs to a lost history and is set to the end.
  private void follow() {
    var following = services.live.with(access, thread, LiveThread::follow);
    target = following.nextOrdinal() - 1;
    position = Math.min(position, target);
    if (target - position > maxLag) {
      following.subscription().close();
    } else {
      subscription = following.subscription();
    }
  }

  /// All ordinals up to the target are assigned, so those without a line are gaps.
  private List<EncodedEvent> page() {
    var page =
        services.history.page(
            access, thread, null, position, pageLines, false, LineView.WHOLE, room);
    var events = new HistoryEvents(page.gaps());
    for (var line : page.lines()) {
      if (line.ordinal() > target) {
        break;
      }
      events.missing(position + 1, line.ordinal() - 1);
      events.line(line);
      position = line.ordinal();
    }
    if (page.nextAfter() == null || page.nextAfter() >= target) {
      events.missing(position + 1, target);
      position = target;
    }
    pageLines = linesOfNextPage(page.lines());
    return events.encoded;
  }

  /// A page stays in memory until its client has read it, and the pages of a thousand slow clients
  /// must fit.
  private static int linesOfNextPage(List<RolloutLine> lines) {
    long bytes = lines.stream().mapToLong(line -> line.bytes().length()).sum();
    return Math.clamp(lines.size() * PAGE_BYTES / Math.max(1, bytes), 1, MAX_LINES);
  }

  /// A subscriber of live events only is served even if the history cannot be read.
  private List<EncodedEvent> resumeNote() {
    if (target < RESUME_NOTE_ORDINAL) {
      return List.of();
    }
    try {
      return resumeNote(
          services.history.page(access, thread, null, 0L, 1, false, LineView.WHOLE, room).lines());
    } catch (RolloutUnusable e) {
      if (isBehind()) {
        throw e;
      }
      log.debug("the history of thread {} cannot be read", thread, e);
      return List.of();
    }
  }

  /// Events for gaps that were sent to the subscriber and repaired before the subscription began.
  /// The event of a gap that is repaired at the same moment may be sent twice.
  private List<EncodedEvent> repairedMeanwhile() {
    var open =
        services.gaps.within(thread, 0, Long.MAX_VALUE).stream()
            .map(GapView::id)
            .collect(Collectors.toSet());
    var repaired =
        shownGaps.stream()
            .filter(gap -> !open.contains(gap.id()))
            .map(gap ->
                new PersistenceRepaired(thread, gap.id(), gap.firstOrdinal(), gap.lastOrdinal()))
            .map(event -> new EncodedEvent(event, null))
            .toList();
    shownGaps.clear();
    return repaired;
  }

  /// The failed resume in the lines; empty for most threads.
  private List<EncodedEvent> resumeNote(List<RolloutLine> lines) {
    return lines.stream()
        .filter(line -> line.ordinal() == RESUME_NOTE_ORDINAL)
        .flatMap(line ->
            ThreadChangeItems.resumeNote(line).stream()
                .map(note ->
                    new ResumeFailed(thread, note.requested(), note.reason(), note.message()))
                .map(event -> new EncodedEvent(event, at(line))))
        .toList();
  }

  private static @Nullable Instant at(RolloutLine line) {
    try {
      return Timestamps.parse(line.timestamp());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// Converts stored lines and gaps into the events that live subscribers received.
  private final class HistoryEvents {
    private final List<GapView> gaps;
    private final List<EncodedEvent> encoded = new ArrayList<>();

    /// @param gaps that may lie among the lines, in order
    HistoryEvents(List<GapView> gaps) {
      this.gaps = gaps;
    }

    /// A turn event is sent before its line, because a client that loses the connection between the
    /// two then gets both again.
    void line(RolloutLine line) {
      TurnMarker.own(line).ifPresent(own -> encoded.add(new EncodedEvent(turn(own), at(line))));
      var item =
          new ItemsAppended(
              thread, line.ordinal(), List.of(line.numberedBytes()), true, null, null);
      encoded.add(new EncodedEvent(item, null));
    }

    /// Adds ordinals without a line, if any: known gaps, and holes between them.
    void missing(long first, long last) {
      long from = first;
      for (var gap : gaps) {
        long begin = Math.max(from, gap.firstOrdinal());
        long end = Math.min(last, gap.lastOrdinal());
        if (begin <= end) {
          hole(from, begin - 1);
          add(new Gap(thread, gap.id(), gap.turnId(), begin, end, gap.reason(), gap.pending()));
          shownGaps.add(gap);
          from = end + 1;
        }
      }
      hole(from, last);
    }

    private void hole(long first, long last) {
      if (first <= last) {
        add(new Gap(thread, null, null, first, last, null, false));
      }
    }

    private void add(Event event) {
      encoded.add(new EncodedEvent(event, null));
    }

    private Event turn(TurnMarker.Own own) {
      return switch (own) {
        case TurnMarker.Started started -> new TurnStarted(thread, started.turn());
        case TurnMarker.Ended ended ->
            new TurnCompleted(thread, ended.turn(), ended.status(), ended.error(), ended.usage());
      };
    }
  }
}
