package dev.rollbook.reconcile;

import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.cluster.Replica;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.lock.LoadedThreadRegistry;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.files.OwnerRepository;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Background worker that takes the threads of replicas that are gone, brings up their rows, and
/// gives the threads up again.
///
/// A call does so for its own thread. The sweep does so for threads that are not called, whose rows
/// would stay a little behind their rollouts in lists. It runs when a replica has gone, and after
/// each start.
@Component
@ConditionalOnProperty(name = "rollbook.cluster.address")
class GoneReplicaSweep extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(GoneReplicaSweep.class);
  private static final String JOB = "sweep";
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);
  private static final int PAGE_SIZE = 500;
  private static final UUID LOWEST_ID = new UUID(0, 0);

  private final Replicas replicas;
  private final OwnerRepository owners;
  private final ThreadRepository rows;
  private final Rollouts rollouts;
  private final RowComparison comparison;
  private final ThreadDeletion deletion;
  private final LoadedThreadRegistry<?> open;
  private final ClusterJobs jobs;

  /// Those that lived when the last sweep began. One that joins later may go before it is seen
  /// here; the next sweep finds its threads.
  private Set<UUID> living = Set.of();

  private boolean wanted = true;

  /// Threads whose row could not be brought up. They have no owner any more, so that they are not
  /// found again.
  private final Set<ThreadId> failed = new HashSet<>();

  GoneReplicaSweep(
      Replicas replicas,
      OwnerRepository owners,
      ThreadRepository rows,
      Rollouts rollouts,
      RowComparison comparison,
      ThreadDeletion deletion,
      LoadedThreadRegistry<?> open,
      ClusterJobs jobs,
      WorkerFailures workers) {
    super("replica-sweep", ShutdownPhase.BACKGROUND, Thread.ofVirtual(), workers);
    this.replicas = replicas;
    this.owners = owners;
    this.rows = rows;
    this.rollouts = rollouts;
    this.comparison = comparison;
    this.deletion = deletion;
    this.open = open;
    this.jobs = jobs;
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    var now = replicas.peers().stream().map(Replica::id).collect(Collectors.toSet());
    now.add(replicas.self().id());
    wanted |= !now.containsAll(living);
    living = now;
    try {
      if (wanted && jobs.tryRun(JOB, Duration.ZERO, () -> sweep(signal))) {
        log.trace("threads of replicas that are gone were looked for");
      }
    } catch (DataAccessException | TransactionException e) {
      log.debug("threads of replicas that are gone are freed later", e);
    }
    return wanted ? AFTER_FAILURE : INTERVAL;
  }

  private boolean sweep(WorkerSignal signal) {
    try {
      int freed = 0;
      for (var thread : List.copyOf(failed)) {
        freed += !signal.isStopped() && free(thread) ? 1 : 0;
      }
      var last = LOWEST_ID;
      for (var page = page(last); !page.isEmpty() && !signal.isStopped(); page = page(last)) {
        for (var thread : page) {
          freed += !signal.isStopped() && free(new ThreadId(thread)) ? 1 : 0;
        }
        last = page.getLast();
      }
      if (freed > 0) {
        log.info(
            "{} threads of replicas that are gone were freed, the rows of {} others are brought up"
                + " later",
            freed,
            failed.size());
      }
      wanted = !failed.isEmpty() || signal.isStopped();
      return !wanted;
    } catch (IOException e) {
      log.debug("threads of replicas that are gone are freed later", e);
      return false;
    }
  }

  private List<UUID> page(UUID after) throws IOException {
    return owners.ownedByOthers(new HashSet<>(living), after, PAGE_SIZE);
  }

  /// Owns the thread for a moment; it is given up after the next beat.
  ///
  /// @return false to try again later
  private boolean free(ThreadId thread) {
    try {
      open.ifNotLoaded(thread, () -> settle(thread));
    } catch (OwnedElsewhereException e) {
      log.debug("thread {} was taken over meanwhile", thread, e);
    } catch (DataIntegrityViolationException | ConcurrencyFailureException | IOException e) {
      return failed(thread, e);
    } catch (DataAccessException | TransactionException e) {
      failed.add(thread);
      throw e;
    } catch (RuntimeException e) {
      return failed(thread, e);
    }
    failed.remove(thread);
    return true;
  }

  private boolean failed(ThreadId thread, Exception e) {
    failed.add(thread);
    log.debug("row of thread {} cannot be brought up: {}", thread, StorageFaults.shortCause(e), e);
    return false;
  }

  private boolean settle(ThreadId thread) throws IOException {
    var row = rows.findById(thread.value());
    if (row.isPresent()) {
      var ref = rollouts.ref(thread, row.get().storage().rolloutPath());
      if (!deletion.finishIfDeleted(ref)) {
        comparison.settle(row.get());
      }
    }
    return true;
  }
}
