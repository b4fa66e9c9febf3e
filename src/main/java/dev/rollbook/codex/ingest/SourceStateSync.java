package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.event.Event.NameUpdated;
import dev.rollbook.event.EventBus;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.thread.CodexNameIndex;
import dev.rollbook.thread.Threads;
import java.time.Clock;
import org.springframework.stereotype.Component;

/// Transfer of the state that threads have in their Codex home outside of rollouts: names,
/// archiving, unarchiving.
@Component
public class SourceStateSync {
  private final ImportedFiles seen;
  private final Threads threads;
  private final ThreadRows rows;
  private final CodexNameIndex index;
  private final EventBus events;
  private final Clock clock;

  SourceStateSync(
      ImportedFiles seen,
      Threads threads,
      ThreadRows rows,
      CodexNameIndex index,
      EventBus events,
      Clock clock) {
    this.seen = seen;
    this.threads = threads;
    this.rows = rows;
    this.index = index;
    this.events = events;
    this.clock = clock;
  }

  /// Archives or unarchives the thread of a file that was moved since it was imported the last
  /// time. A thread that was only archived here stays so.
  ///
  /// @throws dev.rollbook.model.RollbookException if it cannot be done now
  public void syncArchived(SourceFile file) {
    syncArchived(file, seen.wasArchived(file));
  }

  /// @param before whether the file was archived when it was looked at the last time
  public void syncArchived(SourceFile file, boolean before) {
    if (file.archived() && !before) {
      threads.archive(file.thread());
    } else if (before && !file.archived()) {
      threads.unarchive(file.thread());
    }
  }

  /// Names a thread in its row and in `session_index.jsonl`, unless it was named later; its rollout
  /// is not changed.
  public void syncName(ThreadId thread, Named given) {
    if (rows.name(thread.value(), given.name(), given.at()) == 1) {
      index.named(thread, given.name(), given.at());
      events.publish(new NameUpdated(thread, given.name()), clock.instant());
    }
  }
}
