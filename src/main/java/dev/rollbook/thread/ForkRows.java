package dev.rollbook.thread;

import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapRows;
import dev.rollbook.statedb.GapSaves;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.springframework.stereotype.Component;

/// Makes the rows of a fork: those that its rollout tells of, and its gaps.
@Component
class ForkRows {
  private final Rebuild rebuild;
  private final GapSaves gaps;
  private final GapRows rows;
  private final ThreadRows threads;

  ForkRows(Rebuild rebuild, GapSaves gaps, GapRows rows, ThreadRows threads) {
    this.rows = rows;
    this.threads = threads;
    this.rebuild = rebuild;
    this.gaps = gaps;
  }

  /// @throws org.springframework.dao.DuplicateKeyException if the thread has a row; then nothing is
  ///   done
  void insert(RolloutRef fork, List<GapRow> inherited) throws IOException {
    if (!rebuild.insert(fork, inherited)) {
      throw new NoSuchFileException(fork.name());
    }
  }

  /// What the parent knows of its gaps is better than what was found in the fork's rollout.
  void insert(ThreadId fork, List<GapRow> inherited) {
    inherited.forEach(gaps::save);
    threads.openGaps(fork.value(), rows.countOpen(fork.value()));
  }
}
