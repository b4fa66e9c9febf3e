package dev.rollbook.turn;

import dev.rollbook.live.LeftTurns;
import dev.rollbook.model.LogFields;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.projection.TurnEnd;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import dev.rollbook.statedb.TurnRows;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Interrupts turns that their harness never ended, because it crashed or forgot.
@Component
class AbandonedTurns {
  private static final Logger log = LoggerFactory.getLogger(AbandonedTurns.class);
  private static final int BATCH = 100;
  private static final TurnEnd ABANDONED =
      new TurnEnd(TurnStatus.INTERRUPTED, RawJson.of("{\"message\":\"abandoned\"}"), null, null);

  private final ThreadRows threads;
  private final Turns turns;
  private final TurnRows rows;
  private final LeftTurns leftTurns;
  private final Clock clock;
  private final Duration after;

  AbandonedTurns(
      ThreadRows threads,
      Turns turns,
      TurnRows rows,
      LeftTurns leftTurns,
      Clock clock,
      TurnProperties properties) {
    this.rows = rows;
    this.leftTurns = leftTurns;
    this.threads = threads;
    this.turns = turns;
    this.clock = clock;
    this.after = properties.abandonedAfter();
  }

  @Scheduled(initialDelay = 10_000, fixedDelay = 60_000)
  void interrupt() {
    try {
      var before = clock.instant().minus(after);
      threads.withTurnIdleSince(before, BATCH).forEach(this::interrupt);
    } catch (DataAccessException | TransactionException away) {
      log.debug("the state-db does not answer, abandoned turns wait", away);
    }
  }

  private void interrupt(ThreadRow row) {
    var active = row.activeTurnId();
    if (active == null) {
      return;
    }
    var thread = new ThreadId(row.id());
    try (var _ = LogFields.of(thread, new TurnId(active))) {
      end(row, new TurnId(active));
      log.info("turn {} of thread {} was abandoned for {}: interrupted", active, thread, after);
    } catch (RollbookException endedMeanwhile) {
      log.debug("turn {} of thread {} cannot be interrupted", active, thread, endedMeanwhile);
    } catch (IOException unreadable) {
      log.debug("whose turn {} of thread {} is cannot be seen", active, thread, unreadable);
    }
  }

  private void end(ThreadRow row, TurnId turn) throws IOException {
    var thread = new ThreadId(row.id());
    var left = rows.find(row.id(), turn.value());
    if (left.isPresent() && leftTurns.isLeftByOthers(row, left.get())) {
      leftTurns.end(thread, turn, ABANDONED);
    } else {
      turns.end(thread, turn, ABANDONED);
    }
  }
}
