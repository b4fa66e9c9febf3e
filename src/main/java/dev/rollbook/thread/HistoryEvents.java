package dev.rollbook.thread;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.ResumeFailed;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Event.TurnStarted;
import dev.rollbook.event.Frame;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.projection.ThreadEvents;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.rollout.line.RolloutLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lines and gaps of a history as the events that those were told who were there.
final class HistoryEvents {
  /// Where a fresh thread says that it stands for one that could not be resumed.
  static final long RESUME_NOTE = 1;

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
        .filter(line -> line.ordinal() == RESUME_NOTE)
        .flatMap(line ->
            ThreadEvents.resumeNote(line).stream()
                .map(note ->
                    new ResumeFailed(thread, note.requested(), note.reason(), note.message()))
                .map(event -> new Frame(event, at(line))))
        .toList();
  }

  /// Begin and end of a turn come before their lines: who loses the connection between the two gets
  /// both again.
  void line(RolloutLine line) {
    TurnMarker.own(line).ifPresent(own -> frames.add(new Frame(turn(own), at(line))));
    var item =
        new ItemsAppended(thread, line.ordinal(), List.of(line.numberedBytes()), true, null, null);
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
    } catch (IllegalArgumentException saysNone) {
      return null;
    }
  }
}
