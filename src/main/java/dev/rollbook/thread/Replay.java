package dev.rollbook.thread;

import dev.rollbook.event.Event.PersistenceRepaired;
import dev.rollbook.event.Events;
import dev.rollbook.event.Frame;
import dev.rollbook.event.Subscription;
import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.persistence.Gaps;
import dev.rollbook.rollout.line.MemoryReservation;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.GapRow;
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
  private static final int MOST_LINES = 500;
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
    this.tellsOfResume = after == null || after < HistoryEvents.RESUME_NOTE;
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
    return Math.clamp(lines.size() * PAGE_BYTES / Math.max(1, bytes), 1, MOST_LINES);
  }

  /// Who wants nothing of the history is served without it.
  private List<Frame> resumeNote() {
    if (target < HistoryEvents.RESUME_NOTE) {
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
}
