package dev.rollbook.reconcile;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.statedb.Transactions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/// Makes the rows of many threads that have none, in one transaction: what each costs alone would
/// be most of the time.
@Component
class NewRows {
  private final DeletedThreads deleted;
  private final ThreadRows threads;
  private final TurnMerge turns;
  private final HoleGaps gaps;
  private final Rollouts rollouts;
  private final Transactions transactions;

  NewRows(
      DeletedThreads deleted,
      ThreadRows threads,
      TurnMerge turns,
      HoleGaps gaps,
      Rollouts rollouts,
      Transactions transactions) {
    this.transactions = transactions;
    this.deleted = deleted;
    this.threads = threads;
    this.turns = turns;
    this.gaps = gaps;
    this.rollouts = rollouts;
  }

  /// @param names that threads have elsewhere
  /// @throws org.springframework.dao.DuplicateKeyException if one of them has a row by now; then
  ///   nothing is done
  void insert(List<ReadRollout> read, Map<ThreadId, Named> names) throws IOException {
    transactions.run(() -> insertAll(read, names));
  }

  private boolean insertAll(List<ReadRollout> read, Map<ThreadId, Named> names) throws IOException {
    threads.insertAll(read.stream().map(ReadRollout::row).toList());
    if (!read.isEmpty()) {
      threads.readChildrenAgain(read.stream().map(each -> each.ref().thread().value()).toList());
    }
    turns.insert(read.stream().flatMap(each -> each.turnRows().stream()).toList());
    for (var each : read) {
      var thread = each.ref().thread();
      var facts = each.facts();
      if (!facts.holes().isEmpty() || each.end() > facts.nextOrdinal()) {
        threads.openGaps(thread.value(), gaps.agree(thread.value(), facts, each.end()));
      }
      var name = names.get(thread);
      if (name != null) {
        threads.name(thread.value(), name.name(), name.at());
      }
      // It may have been deleted, or its file removed, since it was read.
      if (deleted.contains(thread) || !rollouts.exists(each.ref())) {
        threads.remove(thread.value());
      }
    }
    return true;
  }
}
