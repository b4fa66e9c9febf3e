package dev.rollbook.turn;

import dev.rollbook.access.Access;
import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.QuotaExceeded;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TurnEnded;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.RollbookException.TurnNotFound;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TurnResult;
import dev.rollbook.quota.Quotas;
import dev.rollbook.statedb.OrphanRowCleanup;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.statedb.TurnRow;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;

/// Service for turns: start, append, end, list.
@Service
public class TurnService {
  private final LiveThreads live;
  private final ThreadRepository threads;
  private final DeletedThreads deleted;
  private final TurnRepository rows;
  private final OrphanRowCleanup orphans;
  private final Quotas quotas;

  TurnService(
      LiveThreads live,
      ThreadRepository threads,
      DeletedThreads deleted,
      TurnRepository rows,
      OrphanRowCleanup orphans,
      Quotas quotas) {
    this.quotas = quotas;
    this.deleted = deleted;
    this.orphans = orphans;
    this.live = live;
    this.threads = threads;
    this.rows = rows;
  }

  /// Starts a turn. Opens a thread that was shut down or discarded.
  ///
  /// @throws QuotaExceeded if a quota of the tenant is used up
  public StartedTurn start(Access access, ThreadId thread, NewTurn wanted) {
    orphans.flush();
    if (wanted.id() != null) {
      var existing = find(access, thread, wanted.id());
      if (existing.isPresent() && !removeIfIncomplete(access, thread, existing.get())) {
        return new StartedTurn(TurnView.of(existing.get()), false);
      }
    }
    var id = wanted.id() == null ? TurnId.next() : wanted.id();
    quotas.charge(access, thread, wanted.input());
    try {
      var begun =
          live.with(
              access,
              thread,
              to ->
                  to.begin(
                      id, wanted.metadata(), wanted.input(), orphans::insert, orphans::removeTurn));
      return new StartedTurn(TurnView.of(begun), true);
    } catch (DuplicateKeyException e) {
      return new StartedTurn(get(access, thread, id), false);
    } catch (TurnInProgress e) {
      if (e.running().equals(id)) {
        // The same request has started it meanwhile.
        return new StartedTurn(get(access, thread, id), false);
      }
      throw e;
    } catch (DataIntegrityViolationException e) {
      throw new ThreadNotFound(thread);
    }
  }

  /// A crash between row insert and first item leaves a row that the live thread does not have. It
  /// is removed, so that a retried start succeeds. If the thread is loaded for this, the load may
  /// have removed it already.
  private boolean removeIfIncomplete(Access access, ThreadId thread, TurnRow row) {
    return isWithoutItems(row)
        && live.with(
            access,
            thread,
            to ->
                to.withThreadLocked(() -> {
                  var turn = new TurnId(row.id());
                  if (to.seen().flatMap(seen -> seen.turn(turn)).isPresent()) {
                    return false;
                  }
                  var now = rows.find(thread.value(), row.id());
                  return now.isEmpty()
                      || (isWithoutItems(now.get()) && rows.remove(thread.value(), row.id()) == 1);
                }));
  }

  private static boolean isWithoutItems(TurnRow row) {
    return row.completedAt() == null && row.itemCount() == 0 && row.skippedItemCount() == 0;
  }

  /// Appends to the turn in progress. The turn continues whatever the outcome.
  ///
  /// @param expectedOrdinal of the first item; null for any
  /// @throws QuotaExceeded if a quota of the tenant is used up; then nothing is accepted
  public AppendOutcome append(
      Access access,
      ThreadId thread,
      TurnId turn,
      List<RolloutItem> items,
      @Nullable Long expectedOrdinal) {
    quotas.charge(access, thread, items);
    return live.with(access, thread, to -> to.append(items, turn, expectedOrdinal))
        .orElseThrow(() -> notInProgress(access, thread, turn));
  }

  /// Appends to the thread, whether a turn is in progress or not.
  ///
  /// @throws QuotaExceeded if a quota of the tenant is used up; then nothing is accepted
  public AppendOutcome appendOutsideTurns(
      Access access, ThreadId thread, List<RolloutItem> items, @Nullable Long expectedOrdinal) {
    quotas.charge(access, thread, items);
    return live.with(access, thread, to -> to.append(items, null, expectedOrdinal))
        .orElseThrow(() -> new ThreadNotFound(thread));
  }

  /// Ends the turn, whatever the quotas are. A repeated end gets the same response, because the
  /// first response may have been lost; a different end is refused.
  public TurnView end(Access access, ThreadId thread, TurnId turn, TurnResult end) {
    var ended = live.with(access, thread, to -> to.end(turn, end, true));
    if (ended.isEmpty()) {
      return find(access, thread, turn)
          .filter(row -> row.status().equals(end.status().wireName()))
          .map(TurnView::of)
          .orElseThrow(() -> notInProgress(access, thread, turn));
    }
    live.find(thread).ifPresent(live::forgetDeleted);
    return TurnView.of(ended.get());
  }

  /// @throws ThreadNotFound if there is no such thread
  /// @throws TurnNotFound if it has no such turn
  public TurnView get(Access access, ThreadId thread, TurnId turn) {
    return find(access, thread, turn)
        .map(TurnView::of)
        .orElseThrow(() -> missing(access, thread, turn));
  }

  /// Turns in the order of their start.
  ///
  /// @param after first ordinal of the last turn of the previous page
  public List<TurnView> list(Access access, ThreadId thread, long after, int limit) {
    if (!exists(access, thread)) {
      throw new ThreadNotFound(thread);
    }
    var fresh =
        live.seen(thread).map(LiveSnapshot::turns).orElse(List.of()).stream()
            .collect(Collectors.toMap(TurnRow::id, Function.identity()));
    return rows.page(thread.value(), after, limit).stream()
        .map(row -> TurnView.of(fresh.getOrDefault(row.id(), row)))
        .toList();
  }

  /// Empty also if the caller does not see the thread.
  private Optional<TurnRow> find(Access access, ThreadId thread, TurnId turn) {
    if (!access.isUnrestricted() && !live.isVisible(access, thread)) {
      return Optional.empty();
    }
    return live.seen(thread)
        .flatMap(seen -> seen.turn(turn))
        .or(() ->
            deleted.contains(thread) ? Optional.empty() : rows.find(thread.value(), turn.value()));
  }

  private RollbookException notInProgress(Access access, ThreadId thread, TurnId turn) {
    return find(access, thread, turn)
        .<RollbookException>map(row -> new TurnEnded(thread, turn, TurnStatus.parse(row.status())))
        .orElseGet(() -> missing(access, thread, turn));
  }

  private RollbookException missing(Access access, ThreadId thread, TurnId turn) {
    return exists(access, thread) ? new TurnNotFound(thread, turn) : new ThreadNotFound(thread);
  }

  private boolean exists(Access access, ThreadId thread) {
    return !deleted.contains(thread)
        && threads.ownerOf(thread.value()).filter(access::sees).isPresent();
  }
}
