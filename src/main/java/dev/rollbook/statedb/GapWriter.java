package dev.rollbook.statedb;

import java.util.Set;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionOperations;

/// Inserts and updates gaps: new, extended, partly filled or repaired ones.
@Repository
public class GapWriter {
  private final GapRepository rows;
  private final TransactionOperations transactions;
  private final OwnedRows owned;

  GapWriter(GapRepository rows, TransactionOperations transactions, OwnedRows owned) {
    this.rows = rows;
    this.transactions = transactions;
    this.owned = owned;
  }

  /// Writes a gap. It replaces the gaps of unknown reason that a comparison with the rollout has
  /// recorded for the same ordinals.
  ///
  /// @return false if nothing was written, because another replica has claimed the thread
  public boolean save(GapRow gap) {
    var epochs = owned.epochs(Set.of(gap.threadId()));
    return transactions.execute(status -> {
      boolean mine = !owned.isClaimedByOthers(gap.threadId(), epochs);
      if (mine) {
        replaceUnknown(gap);
      }
      return mine;
    });
  }

  private void replaceUnknown(GapRow gap) {
    if (rows.update(gap) == 0) {
      rows.within(gap.threadId(), gap.firstOrdinal(), gap.nextOrdinal() - 1).stream()
          .filter(found -> found.reason().equals(GapRow.UNKNOWN))
          .forEach(found -> cut(found, gap));
      rows.insert(gap);
    }
  }

  private void cut(GapRow found, GapRow known) {
    rows.remove(found.id());
    if (found.firstOrdinal() < known.firstOrdinal()) {
      insertPart(found, found.firstOrdinal(), known.firstOrdinal());
    }
    if (found.nextOrdinal() > known.nextOrdinal()) {
      insertPart(found, known.nextOrdinal(), found.nextOrdinal());
    }
  }

  private void insertPart(GapRow of, long first, long next) {
    rows.insert(GapRow.open(of.threadId(), of.turnId(), first, next, of.reason(), of.recordedAt()));
  }
}
