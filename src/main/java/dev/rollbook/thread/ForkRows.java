package dev.rollbook.thread;

import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapRows;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/// Makes the rows of a fork: those that its rollout tells of, and its gaps.
@Component
class ForkRows {
  private final Rebuild rebuild;
  private final GapRows gaps;

  ForkRows(Rebuild rebuild, GapRows gaps) {
    this.rebuild = rebuild;
    this.gaps = gaps;
  }

  /// @throws org.springframework.dao.DuplicateKeyException if the thread has a row; then nothing is
  ///   done
  @Transactional
  public void insert(RolloutRef fork, List<GapRow> inherited) throws IOException {
    if (!rebuild.insert(fork)) {
      throw new NoSuchFileException(fork.name());
    }
    insert(inherited);
  }

  @Transactional
  public void insert(List<GapRow> inherited) {
    inherited.forEach(gaps::insert);
  }
}
