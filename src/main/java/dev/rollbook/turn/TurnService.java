package dev.rollbook.turn;

import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TurnEnded;
import dev.rollbook.model.RollbookException.TurnNotFound;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TurnResult;
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

  TurnService(
      LiveThreads live,
      ThreadRepository threads,
      DeletedThreads deleted,
      TurnRepository rows,
      OrphanRowCleanup orphans) {
    this.deleted = deleted;
    this.orphans = orphans;
    this.live = live;
    this.threads = threads;
    this.rows = rows;
  }

  /// Starts a turn. Opens a thread that was shut down or discarded.
  public StartedTurn start(ThreadId thread, NewTurn wanted) {
    orphans.flush();
    if (wanted.id() != null) {
      var existing = find(thread, wanted.id());
      if (existing.isPresent() && !removeIfIncomplete(thread, existing.get())) {
        return new StartedTurn(TurnView.of(existing.get()), false);
      }
    }
    var id = wanted.id() == null ? TurnId.next() : wanted.id();
    try {
      var begun =
          live.with(thread, to -> to.begin(id, wanted.metadata(), wanted.input(), orphans::insert));
      return new StartedTurn(TurnView.of(begun), true);
    } catch (DuplicateKeyException e) {
      return new StartedTurn(get(thread, id), false);
    } catch (DataIntegrityViolationException e) {
      throw new ThreadNotFound(thread);
    } catch (PersistenceUnavailable e) {
      orphans.removeTurn(thread.value(), id.value());
      throw e;
    }
  }

  /// A crash between row insert and first item leaves a row that the live thread does not have. It
  /// is removed, so that a retried start succeeds.
  private boolean removeIfIncomplete(ThreadId thread, TurnRow row) {
    return isWithoutItems(row)
        && live.with(
            thread,
            to ->
                to.withThreadLocked(() -> {
                  var turn = new TurnId(row.id());
                  boolean known = to.seen().flatMap(seen -> seen.turn(turn)).isPresent();
                  boolean incomplete =
                      !known
                          && rows.find(thread.value(), row.id())
                              .filter(TurnService::isWithoutItems)
                              .isPresent();
                  return incomplete && rows.remove(thread.value(), row.id()) == 1;
                }));
  }

  private static boolean isWithoutItems(TurnRow row) {
    return row.completedAt() == null && row.itemCount() == 0 && row.skippedItemCount() == 0;
  }

  /// Appends to the turn in progress. The turn continues whatever the outcome.
  ///
  /// @param expectedOrdinal of the first item; null for any
  public AppendOutcome append(
      ThreadId thread, TurnId turn, List<RolloutItem> items, @Nullable Long expectedOrdinal) {
    return live.with(thread, to -> to.append(items, turn, expectedOrdinal))
        .orElseThrow(() -> notInProgress(thread, turn));
  }

  /// Appends to the thread, whether a turn is in progress or not.
  public AppendOutcome appendOutsideTurns(
      ThreadId thread, List<RolloutItem> items, @Nullable Long expectedOrdinal) {
    return live.with(thread, to -> to.append(items, null, expectedOrdinal))
        .orElseThrow(() -> new ThreadNotFound(thread));
  }

  /// Ends the turn. A repeated end gets the same response, because the first response may have been
  /// lost; a different end is refused.
  public TurnView end(ThreadId thread, TurnId turn, TurnResult end) {
    var ended = live.with(thread, to -> to.end(turn, end, true));
    if (ended.isEmpty()) {
      return find(thread, turn)
          .filter(row -> row.status().equals(end.status().wireName()))
          .map(TurnView::of)
          .orElseThrow(() -> notInProgress(thread, turn));
    }
    live.find(thread).ifPresent(live::forgetDeleted);
    return TurnView.of(ended.get());
  }

  /// @throws ThreadNotFound if there is no such thread
  /// @throws TurnNotFound if it has no such turn
  public TurnView get(ThreadId thread, TurnId turn) {
    return find(thread, turn).map(TurnView::of).orElseThrow(() -> missing(thread, turn));
  }

  /// Turns in the order of their start.
  ///
  /// @param after first ordinal of the last turn of the previous page
  public List<TurnView> list(ThreadId thread, long after, int limit) {
    if (!exists(thread)) {
      throw new ThreadNotFound(thread);
    }
    var fresh =
        live.seen(thread).map(LiveSnapshot::turns).orElse(List.of()).stream()
            .collect(Collectors.toMap(TurnRow::id, Function.identity()));
    return rows.page(thread.value(), after, limit).stream()
        .map(row -> TurnView.of(fresh.getOrDefault(row.id(), row)))
        .toList();
  }

  private Optional<TurnRow> find(ThreadId thread, TurnId turn) {
    return live.seen(thread)
        .flatMap(seen -> seen.turn(turn))
        .or(() ->
            deleted.contains(thread) ? Optional.empty() : rows.find(thread.value(), turn.value()));
  }

  private RollbookException notInProgress(ThreadId thread, TurnId turn) {
    return find(thread, turn)
        .<RollbookException>map(row -> new TurnEnded(thread, turn, TurnStatus.parse(row.status())))
        .orElseGet(() -> missing(thread, turn));
  }

  private RollbookException missing(ThreadId thread, TurnId turn) {
    return exists(thread) ? new TurnNotFound(thread, turn) : new ThreadNotFound(thread);
  }

  private boolean exists(ThreadId thread) {
    return !deleted.contains(thread) && threads.existsById(thread.value());
  }
}
