package dev.rollbook.thread;

import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapSaves;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.springframework.stereotype.Component;

/// Makes the rows of a fork: those that its rollout tells of, and its gaps.
@Component
class ForkRows {
  private final Rebuild rebuild;
  private final GapSaves gaps;

  ForkRows(Rebuild rebuild, GapSaves gaps) {
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
  void insert(List<GapRow> inherited) {
    inherited.forEach(gaps::save);
  }
}
