package dev.rollbook.thread;

import dev.rollbook.live.LiveThreads;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.RolloutCopyWriter;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.GapRepository;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.GapWriter;
import dev.rollbook.statedb.OrphanRowCleanup;
import dev.rollbook.statedb.ThreadRepository;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Creates a thread from a complete rollout: publishes the file, and inserts the rows of the
/// thread. Caller must hold the lock of the thread id.
@Component
public class ThreadCreator {
  private static final Logger log = LoggerFactory.getLogger(ThreadCreator.class);

  private final RowRebuilder rebuild;
  private final GapWriter gapWriter;
  private final GapRepository gapRows;
  private final ThreadRepository threads;
  private final OrphanRowCleanup orphans;
  private final LiveThreads live;
  private final Rollouts rollouts;

  ThreadCreator(
      RowRebuilder rebuild,
      GapWriter gapWriter,
      GapRepository gapRows,
      ThreadRepository threads,
      OrphanRowCleanup orphans,
      LiveThreads live,
      Rollouts rollouts) {
    this.orphans = orphans;
    this.rebuild = rebuild;
    this.gapWriter = gapWriter;
    this.gapRows = gapRows;
    this.threads = threads;
    this.live = live;
    this.rollouts = rollouts;
  }

  /// Publishes the rollout and inserts its rows. If either fails, both are removed.
  ///
  /// @param gaps known gaps of the thread
  /// @throws DuplicateKeyException if the id is taken
  public void create(RolloutCopyWriter copy, List<GapRow> gaps) {
    var ref = copy.ref();
    if (live.row(ref.thread()).isPresent()) {
      throw new DuplicateKeyException("thread " + ref.thread());
    }
    try {
      copy.publish();
    } catch (IOException e) {
      throw StorageFaults.unavailable(ref.thread(), e);
    }
    try {
      insertRows(ref, gaps);
    } catch (IOException e) {
      remove(ref);
      throw StorageFaults.unavailable(ref.thread(), e);
    } catch (DataIntegrityViolationException e) {
      remove(ref);
      throw e;
    } catch (DataAccessException | TransactionException e) {
      remove(ref);
      orphans.removeThread(ref.thread().value());
      throw e;
    } catch (RuntimeException e) {
      remove(ref);
      throw e;
    }
  }

  /// A concurrent comparison may have inserted the rows of the new rollout already. The known gaps
  /// are more precise than those found in the rollout.
  private void insertRows(RolloutRef ref, List<GapRow> gaps) throws IOException {
    try {
      if (!rebuild.insert(ref, gaps)) {
        throw new NoSuchFileException(ref.name());
      }
    } catch (DuplicateKeyException e) {
      var id = ref.thread().value();
      if (!threads.existsWithRollout(id, ref.name())) {
        throw e;
      }
      gaps.forEach(gapWriter::save);
      threads.openGaps(id, gapRows.countOpen(id));
    }
  }

  private void remove(RolloutRef ref) {
    try {
      rollouts.delete(ref);
    } catch (IOException e) {
      log.warn(
          "rollout {} of a thread that could not be created could not be removed: {}",
          ref.name(),
          StorageFaults.shortCause(e));
    }
  }
}
