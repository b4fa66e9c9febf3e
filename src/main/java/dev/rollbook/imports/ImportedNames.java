package dev.rollbook.imports;

import dev.rollbook.event.Event.NameUpdated;
import dev.rollbook.event.Events;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.thread.ThreadNames;
import java.time.Clock;
import org.springframework.stereotype.Component;

/// Gives threads the names that they have elsewhere. Their rollouts stay what they are: the name is
/// in the row and in `session_index.jsonl`.
@Component
public class ImportedNames {
  private final ThreadRows rows;
  private final ThreadNames index;
  private final Events events;
  private final Clock clock;

  ImportedNames(ThreadRows rows, ThreadNames index, Events events, Clock clock) {
    this.rows = rows;
    this.index = index;
    this.events = events;
    this.clock = clock;
  }

  /// Names a thread, unless it got its name later.
  public void name(ThreadId thread, Named given) {
    if (rows.name(thread.value(), given.name(), given.at()) == 1) {
      index.named(thread, given.name(), given.at());
      events.publish(new NameUpdated(thread, given.name()), clock.instant());
    }
  }
}
