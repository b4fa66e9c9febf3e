package dev.rollbook.reconcile;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.TurnFacts;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.skips.SkipJournal;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRow;
import dev.rollbook.statedb.jdbc.Transactions;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Rebuilds a thread's rows from its rollout, or updates existing rows.
@Component
public class RowRebuilder {
  /// Reading version of a row whose rollout is being replaced.
  private static final int REPLACED = -1;

  private final DeletedThreads deleted;
  private final Rollouts rollouts;
  private final SkipJournal journal;
  private final ThreadRepository threads;
  private final TurnReconciliation turns;
  private final GapReconciliation gaps;
  private final TailReconciliation tail;
  private final ParentHistoryFinder parents;
  private final Transactions transactions;

  RowRebuilder(
      DeletedThreads deleted,
      Rollouts rollouts,
      SkipJournal journal,
      ThreadRepository threads,
      TurnReconciliation turns,
      GapReconciliation gaps,
      TailReconciliation tail,
      ParentHistoryFinder parents,
      Transactions transactions) {
    this.transactions = transactions;
    this.gaps = gaps;
    this.tail = tail;
    this.deleted = deleted;
    this.rollouts = rollouts;
    this.journal = journal;
    this.threads = threads;
    this.turns = turns;
    this.parents = parents;
  }

  /// Reads a rollout. Lines that were recognised as copied stay recognised after the parent is
  /// gone.
  ///
  /// @param known its row; null for none
  Optional<ParsedRollout> read(RolloutRef ref, @Nullable ThreadRow known) throws IOException {
    var through =
        known != null && known.storage().reading() == HistoryFold.VERSION
            ? known.lineage().inheritedThrough()
            : null;
    return ParsedRollout.of(
        rollouts, ref, journal, parents, through == null ? RolloutLine.NO_ORDINAL : through);
  }

  /// Updates an existing row from its rollout; what only the row knows stays.
  ///
  /// Only the end of the rollout is read if the row fits what is before it ([TailReconciliation]).
  /// The rollout is read before the transaction begins, as a long one would block all other
  /// writers. The row is updated only if it is unchanged since.
  ///
  /// @return the row as it is then
  public ThreadRow bringUp(ThreadRow known) throws IOException {
    if (known.storage().reading() == REPLACED) {
      return replaced(known);
    }
    var continued = tail.bringUp(known);
    if (continued.isPresent()) {
      return atThatRevision(known, continued.get());
    }
    long gapsEnd = gaps.end(known.id());
    var read = read(rollouts.ref(new ThreadId(known.id()), known.storage().rolloutPath()), known);
    if (read.isEmpty()) {
      return known;
    }
    return atThatRevision(known, transactions.run(() -> bringUp(known, read.get(), gapsEnd)));
  }

  /// If the thread was moved or changed since, its rollout may be at another path now.
  private ThreadRow atThatRevision(ThreadRow known, ThreadRow now) throws IOException {
    return now.attributes().revision() == known.attributes().revision() ? now : bringUp(now);
  }

  private ThreadRow bringUp(ThreadRow known, ParsedRollout read, long gapsEnd) {
    var facts = read.facts();
    var row =
        read.over(
            known, running(known, read), gapsEnd, turns.withUsageOnlyInRows(known.id(), facts));
    if (threads.bringUp(known, row) == 1) {
      turns.bringUp(row, facts.turns());
      threads.openGaps(row.id(), gaps.agree(row.id(), facts, row.counters().nextOrdinal()));
    }
    return threads.findById(row.id()).orElse(row);
  }

  /// Whether items of the thread were skipped that its rollout may lack.
  public boolean hasSkipped(ThreadId thread) {
    return journal.has(thread);
  }

  /// Announces that the rollout is about to be replaced by another history: the next update, also
  /// after a kill, makes all rows of the thread anew.
  public void willReplace(ThreadRow known) {
    threads.readAs(known.id(), REPLACED);
  }

  private ThreadRow replaced(ThreadRow known) throws IOException {
    var read = read(rollouts.ref(new ThreadId(known.id()), known.storage().rolloutPath()), null);
    return read.isEmpty() ? known : transactions.run(() -> replace(known, read.get()));
  }

  private ThreadRow replace(ThreadRow known, ParsedRollout read) {
    threads.remove(known.id());
    insert(read, List.of());
    threads.succeed(known.id(), known.attributes().archivedAt(), known.attributes().revision() + 1);
    if (known.attributes().name() != null) {
      threads.name(known.id(), known.attributes().name(), known.attributes().namedAt());
    }
    return threads.findById(known.id()).orElse(known);
  }

  /// Makes the rows of a thread that has none.
  ///
  /// @return false if the file is not a thread's rollout, or the thread was deleted
  public boolean insert(RolloutRef ref) throws IOException {
    return insert(ref, List.of());
  }

  /// @param lacking known gaps of the thread whose items the rollout may lack
  public boolean insert(RolloutRef ref, List<GapRow> lacking) throws IOException {
    var read = read(ref, null);
    return read.isPresent() && transactions.run(() -> insert(read.get(), lacking));
  }

  private boolean insert(ParsedRollout read, List<GapRow> lacking) {
    var row = read.row();
    if (deleted.contains(new ThreadId(row.id()))) {
      return false;
    }
    row = threads.insert(row);
    threads.readChildrenAgain(List.of(row.id()));
    turns.insert(read.turnRows());
    gaps.insert(lacking);
    threads.openGaps(row.id(), gaps.agree(row.id(), read.facts(), row.counters().nextOrdinal()));
    return true;
  }

  /// Makes the rows of many threads that have none in one transaction, which costs much less than
  /// one for each.
  ///
  /// @param names that threads have in `session_index.jsonl`
  /// @throws org.springframework.dao.DuplicateKeyException if one of them has a row by now; then
  ///   nothing is inserted
  void insertAll(List<ParsedRollout> read, Map<ThreadId, Named> names) throws IOException {
    if (!read.isEmpty()) {
      transactions.run(() -> insertAllNow(read, names));
    }
  }

  private boolean insertAllNow(List<ParsedRollout> read, Map<ThreadId, Named> names)
      throws IOException {
    threads.insertAll(read.stream().map(ParsedRollout::row).toList());
    threads.readChildrenAgain(read.stream().map(each -> each.ref().thread().value()).toList());
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
      // The thread or its rollout may have been deleted since it was read.
      if (deleted.contains(thread) || !rollouts.exists(each.ref())) {
        threads.remove(thread.value());
      }
    }
    return true;
  }

  /// The row of a turn, from its rollout.
  public static TurnRow turnRow(UUID thread, TurnFacts facts) {
    return new TurnRow(
        thread,
        facts.id().value(),
        facts.status().wireName(),
        facts.startedAt(),
        facts.completedAt(),
        facts.firstOrdinal(),
        facts.lastOrdinal(),
        facts.itemCount(),
        0,
        RawJson.text(facts.error()),
        RawJson.text(facts.usage()),
        RawJson.text(facts.metadata()));
  }

  /// The turn in progress. If all items of a turn so far were skipped, only the row knows it.
  private @Nullable UUID running(ThreadRow known, ParsedRollout read) {
    var last = read.running();
    if (last != null && !turns.hasEnded(known.id(), last)) {
      return last;
    }
    var active = known.activity().activeTurnId();
    boolean told = read.facts().turns().stream().anyMatch(turn -> turn.id().value().equals(active));
    return told ? null : active;
  }
}
