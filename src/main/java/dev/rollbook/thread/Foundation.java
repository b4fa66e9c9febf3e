package dev.rollbook.thread;

import dev.rollbook.live.LiveThreads;
import dev.rollbook.rollout.RolloutCopy;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.StrayRows;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Makes a thread of a rollout that is ready, with its rows. To be called where nobody can open the
/// thread meanwhile.
@Component
public class Foundation {
  private static final Logger log = LoggerFactory.getLogger(Foundation.class);

  private final ForkRows rows;
  private final StrayRows strays;
  private final LiveThreads live;
  private final Rollouts rollouts;

  Foundation(ForkRows rows, StrayRows strays, LiveThreads live, Rollouts rollouts) {
    this.strays = strays;
    this.rows = rows;
    this.live = live;
    this.rollouts = rollouts;
  }

  /// From here on the thread is there; where that cannot be, nothing is.
  ///
  /// @param lacking gaps that are known of the thread
  /// @throws DuplicateKeyException if the id is taken
  public void lay(RolloutCopy copy, List<GapRow> lacking) {
    var ref = copy.ref();
    if (live.row(ref.thread()).isPresent()) {
      throw new DuplicateKeyException("thread " + ref.thread());
    }
    try {
      copy.publish();
    } catch (IOException failed) {
      throw StorageFaults.unavailable(ref.thread(), failed);
    }
    try {
      insertRows(ref, lacking);
    } catch (IOException failed) {
      remove(ref);
      throw StorageFaults.unavailable(ref.thread(), failed);
    } catch (DataIntegrityViolationException refused) {
      remove(ref);
      throw refused;
    } catch (DataAccessException | TransactionException away) {
      remove(ref);
      strays.removeThread(ref.thread().value());
      throw away;
    } catch (RuntimeException failed) {
      remove(ref);
      throw failed;
    }
  }

  /// While rollouts are compared with rows, the rows of one that has just appeared may be made
  /// there.
  private void insertRows(RolloutRef ref, List<GapRow> lacking) throws IOException {
    try {
      rows.insert(ref, lacking);
    } catch (DuplicateKeyException taken) {
      if (live.row(ref.thread()).filter(row -> row.rolloutPath().equals(ref.name())).isEmpty()) {
        throw taken;
      }
      rows.insert(ref.thread(), lacking);
    }
  }

  private void remove(RolloutRef ref) {
    try {
      rollouts.delete(ref);
    } catch (IOException failed) {
      log.warn(
          "rollout {} of a thread that could not be made could not be removed: {}",
          ref.name(),
          StorageFaults.shortCause(failed));
    }
  }
}
