package dev.rollbook.live;

import dev.rollbook.event.Event;
import dev.rollbook.event.Event.Gap;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.TurnCompleted;
import dev.rollbook.event.Event.TurnStarted;
import dev.rollbook.event.Events;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.statedb.GapRow;
import java.time.Instant;
import java.util.List;

/// Tells those who follow a thread of lines that another program wrote, as if they had been
/// appended here: items in their order, turns around them.
record ForeignNews(Events events, ThreadId thread, Instant now) {
  void publish(List<ForeignLine> lines, List<GapRow> lacking, List<TurnFacts> changed) {
    long first = lines.getFirst().line().ordinal();
    changed.stream()
        .filter(turn -> hasEnded(turn) && turn.lastOrdinal() < first)
        .forEach(this::ended);
    for (var line : lines) {
      long place = line.line().ordinal();
      lacking.stream().filter(gap -> gap.nextOrdinal() == place).forEach(this::lacks);
      changed.stream().filter(turn -> turn.firstOrdinal() == place).forEach(this::began);
      changed.stream()
          .filter(turn -> hasEnded(turn) && turn.lastOrdinal() == place)
          .forEach(this::ended);
      events.publishItems(thread, () -> item(line));
    }
  }

  private ItemsAppended item(ForeignLine line) {
    var bytes = List.of(line.numberedBytes());
    return new ItemsAppended(thread, line.line().ordinal(), bytes, true, null, null);
  }

  private void lacks(GapRow gap) {
    publish(
        new Gap(thread, gap.id(), null, gap.firstOrdinal(), gap.nextOrdinal() - 1, gap.reason()));
  }

  private void began(TurnFacts turn) {
    publish(new TurnStarted(thread, turn.id()));
  }

  private void ended(TurnFacts turn) {
    publish(new TurnCompleted(thread, turn.id(), turn.status(), turn.error(), turn.usage()));
  }

  private void publish(Event event) {
    events.publish(event, now);
  }

  private static boolean hasEnded(TurnFacts turn) {
    return turn.status() != TurnStatus.IN_PROGRESS;
  }
}
