package dev.rollbook.thread;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.PersistenceRepaired;
import dev.rollbook.event.Event.ResumeFailed;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Event.TurnStarted;
import dev.rollbook.event.Events;
import dev.rollbook.event.Frame;
import dev.rollbook.event.Subscription;
import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.persistence.Gaps;
import dev.rollbook.projection.ThreadEvents;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.line.MemoryReservation;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.GapRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way of one subscriber from a place in a thread's history to what happens now.
///
/// It subscribes, and so learns which ordinal the first event will have. If little of the history
/// is left before that, it is read and the subscription goes on from there: nothing is missed,
/// nothing comes twice. If much is left the subscription is dropped, as it would fall behind, and
/// is tried again when that has been read.
public final class Replay implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Replay.class);
  private static final int MAX_LINES = 500;

  /// Of the note in a new thread that replaces one that could not be resumed.
  private static final long RESUME_NOTE_ORDINAL = 1;

  private static final long PAGE_BYTES = 64 * 1024;

  private final ThreadId thread;
  private final History history;
  private final LiveThreads live;
  private final Gaps gaps;
  private final int most;
  private final MemoryReservation room;
  private final List<GapView> shownGaps = new ArrayList<>();
  private boolean tellsOfResume;
  private long position;
  private int pageLines = 50;
  private long target;
  private @Nullable Subscription subscription;

  /// @param after the last ordinal that the subscriber has; null for all that there is now
  Replay(
      ThreadId thread,
      @Nullable Long after,
      History history,
      LiveThreads live,
      Gaps gaps,
      Events events,
      MemoryReservation room) {
    this.room = room;
    this.thread = thread;
    this.history = history;
    this.live = live;
    this.gaps = gaps;
    this.most = events.buffer() / 2;
    this.position = after == null ? Long.MAX_VALUE : after;
    this.tellsOfResume = after == null || after < RESUME_NOTE_ORDINAL;
    follow();
  }

  /// The next events of the history; empty once all were given and [#subscription] goes on.
  ///
  /// @throws dev.rollbook.model.RollbookException if the thread or its rollout is gone
  public Optional<List<Frame>> next() {
    if (tellsOfResume) {
      tellsOfResume = false;
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

  /// Whether anything of the history is to be read first.
  public boolean isBehind() {
    return position < target;
  }

  /// The last ordinal that was given.
  public long position() {
    return position;
  }

  /// What happens after the history that was given.
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

  /// A position beyond the end is that of a history that was lost: it begins anew at the end.
  private void follow() {
    var following = live.with(thread, LiveThread::follow);
    target = following.nextOrdinal() - 1;
    position = Math.min(position, target);
    if (target - position > most) {
      following.subscription().close();
    } else {
      subscription = following.subscription();
    }
  }

  /// Every ordinal up to the target has been decided on: what has no line is lacking.
  private List<Frame> page() {
    var page = history.page(thread, null, position, pageLines, false, room);
    var events = new HistoryEvents(thread, page.gaps());
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
    shownGaps.addAll(events.shownGaps());
    pageLines = linesOfNextPage(page.lines());
    return events.frames();
  }

  /// A page is held until its client has taken it: a thousand slow ones must not fill the memory.
  private static int linesOfNextPage(List<RolloutLine> lines) {
    long bytes = lines.stream().mapToLong(line -> line.bytes().length()).sum();
    return Math.clamp(lines.size() * PAGE_BYTES / Math.max(1, bytes), 1, MAX_LINES);
  }

  /// Who wants nothing of the history is served without it.
  private List<Frame> resumeNote() {
    if (target < RESUME_NOTE_ORDINAL) {
      return List.of();
    }
    try {
      return HistoryEvents.resumeNote(
          thread, history.page(thread, null, 0L, 1, false, room).lines());
    } catch (RolloutUnusable unusable) {
      if (isBehind()) {
        throw unusable;
      }
      log.debug("the history of thread {} cannot be read", thread, unusable);
      return List.of();
    }
  }

  /// Gaps that were shown, but had been repaired before the subscription could tell of it.
  ///
  /// One that is repaired right now may be told twice.
  private List<Frame> repairedMeanwhile() {
    var open =
        gaps.within(thread, 0, Long.MAX_VALUE).stream().map(GapRow::id).collect(Collectors.toSet());
    var repaired =
        shownGaps.stream()
            .filter(gap -> !open.contains(gap.id()))
            .map(gap ->
                new PersistenceRepaired(thread, gap.id(), gap.firstOrdinal(), gap.lastOrdinal()))
            .map(event -> new Frame(event, null))
            .toList();
    shownGaps.clear();
    return repaired;
  }

  /// Converts stored lines and gaps into the events that live subscribers received.
  private static final class HistoryEvents {
    private final ThreadId thread;
    private final List<GapView> gaps;
    private final List<GapView> shownGaps = new ArrayList<>();
    private final List<Frame> frames = new ArrayList<>();

    /// @param gaps that may lie among the lines, in order
    HistoryEvents(ThreadId thread, List<GapView> gaps) {
      this.thread = thread;
      this.gaps = gaps;
    }

    /// What the lines say of a resume that failed; nothing for most threads.
    static List<Frame> resumeNote(ThreadId thread, List<RolloutLine> lines) {
      return lines.stream()
          .filter(line -> line.ordinal() == RESUME_NOTE_ORDINAL)
          .flatMap(line ->
              ThreadEvents.resumeNote(line).stream()
                  .map(note ->
                      new ResumeFailed(thread, note.requested(), note.reason(), note.message()))
                  .map(event -> new Frame(event, at(line))))
          .toList();
    }

    /// A turn event is sent before its line: a client that loses the connection between the two
    /// gets both again.
    void line(RolloutLine line) {
      TurnMarker.own(line).ifPresent(own -> frames.add(new Frame(turn(own), at(line))));
      var item =
          new ItemsAppended(
              thread, line.ordinal(), List.of(line.numberedBytes()), true, null, null);
      frames.add(new Frame(item, null));
    }

    /// Ordinals that no line has, if there are any: by the gaps that are known, and the holes
    /// between.
    void missing(long first, long last) {
      long from = first;
      for (var gap : gaps) {
        long begin = Math.max(from, gap.firstOrdinal());
        long end = Math.min(last, gap.lastOrdinal());
        if (begin <= end) {
          hole(from, begin - 1);
          add(new Gap(thread, gap.id(), gap.turnId(), begin, end, gap.reason()));
          shownGaps.add(gap);
          from = end + 1;
        }
      }
      hole(from, last);
    }

    List<Frame> frames() {
      return frames;
    }

    List<GapView> shownGaps() {
      return shownGaps;
    }

    private void hole(long first, long last) {
      if (first <= last) {
        add(new Gap(thread, null, null, first, last, null));
      }
    }

    private void add(Event event) {
      frames.add(new Frame(event, null));
    }

    private Event turn(TurnMarker.Own own) {
      return switch (own) {
        case TurnMarker.Started started -> new TurnStarted(thread, started.turn());
        case TurnMarker.Ended ended ->
            new TurnCompleted(thread, ended.turn(), ended.status(), ended.error(), ended.usage());
      };
    }

    private static @Nullable Instant at(RolloutLine line) {
      try {
        return Timestamps.parse(line.timestamp());
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
  }
}
