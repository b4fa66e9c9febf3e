package dev.rollbook.retention;

import dev.rollbook.model.RollbookException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.retention.RetentionPass.Due;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.thread.Threads;
import java.util.List;
import org.springframework.stereotype.Component;

/// Archives threads that were not updated for long.
@Component
class Archiving implements RetentionPass.Work {
  private final Threads threads;
  private final InUse inUse;
  private final RetentionMeters meters;

  Archiving(Threads threads, InUse inUse, RetentionMeters meters) {
    this.threads = threads;
    this.inUse = inUse;
    this.meters = meters;
  }

  @Override
  public void run(List<ThreadRow> batch, Due due, Tally tally) {
    for (var row : batch) {
      var used = inUse.why(row, due.before());
      if (used.isPresent()) {
        tally.kept(Action.ARCHIVE, row, used.get());
      } else if (due.dryRun()) {
        tally.done(Action.ARCHIVE, row, 0);
      } else {
        archive(row, due, tally);
      }
    }
  }

  private void archive(ThreadRow row, Due due, Tally tally) {
    try {
      if (threads.archiveIf(new ThreadId(row.id()), now -> isDue(now, due))) {
        meters.count(Action.ARCHIVE);
        tally.done(Action.ARCHIVE, row, 0);
      } else {
        tally.kept(Action.ARCHIVE, row, InUse.UPDATED);
      }
    } catch (RollbookException refused) {
      tally.kept(Action.ARCHIVE, row, InUse.said(refused));
    }
  }

  private static boolean isDue(ThreadRow row, Due due) {
    return row.archivedAt() == null && !row.pinned() && row.updatedAt().isBefore(due.before());
  }
}
