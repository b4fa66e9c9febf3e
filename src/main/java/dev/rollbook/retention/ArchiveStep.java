package dev.rollbook.retention;

import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.retention.RetentionPass.Due;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.thread.ThreadService;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Archives threads that have not been updated for the configured time.
@Component
record ArchiveStep(ThreadService threads, ThreadUseCheck inUse) implements RetentionPass.Step {
  private static final Logger log = LoggerFactory.getLogger(ArchiveStep.class);

  @Override
  public @Nullable String whyNot(ThreadRow row, Due due) {
    return inUse.why(row, due.before()).orElse(null);
  }

  @Override
  public void apply(List<ThreadRow> batch, Due due, RetentionTally tally) {
    batch.forEach(row -> archive(row, due, tally));
  }

  private void archive(ThreadRow row, Due due, RetentionTally tally) {
    try {
      if (threads.archiveIf(new ThreadId(row.id()), now -> isDue(now, due))) {
        tally.done(RetentionAction.ARCHIVE, row);
      } else {
        tally.kept(RetentionAction.ARCHIVE, row, ThreadUseCheck.UPDATED);
      }
    } catch (OwnedElsewhereException e) {
      log.debug("thread {} is left to its owner", row.id(), e);
      tally.kept(RetentionAction.ARCHIVE, row, ThreadUseCheck.ELSEWHERE);
    } catch (RollbookException e) {
      tally.kept(RetentionAction.ARCHIVE, row, ThreadUseCheck.said(e));
    }
  }

  private static boolean isDue(ThreadRow row, Due due) {
    return row.attributes().archivedAt() == null
        && !row.attributes().pinned()
        && row.activity().updatedAt().isBefore(due.before());
  }
}
