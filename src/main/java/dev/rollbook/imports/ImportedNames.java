package dev.rollbook.imports;

import dev.rollbook.event.Event.NameUpdated;
import dev.rollbook.event.Events;
import dev.rollbook.model.ThreadId;
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

  /// Names a thread that has no name yet: a person may have given another one here.
  public void nameOnce(ThreadId thread, String name) {
    rows.findById(thread.value())
        .filter(row -> row.name() == null)
        .ifPresent(row -> rename(thread, name));
  }

  /// Names a thread anew: a person has just done so elsewhere.
  public void rename(ThreadId thread, String name) {
    var row = rows.findById(thread.value());
    if (row.isEmpty() || name.equals(row.get().name())) {
      return;
    }
    var known = row.get();
    int changed = rows.rename(known.id(), name, known.revision());
    if (changed == 1) {
      index.named(thread, name, clock.instant());
      events.publish(new NameUpdated(thread, name), clock.instant());
    }
  }
}
