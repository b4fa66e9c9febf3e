package dev.rollbook.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.worker.WorkerFailures;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

/// A comparison that another replica may make.
class PeerComparisonHttpTest extends AbstractReconcileHttpTest {
  private final ScriptedJobs jobs = new ScriptedJobs();
  private Reconciler reconciler;

  /// Jobs whose lock is refused as long as another replica is said to have run them.
  private static final class ScriptedJobs implements ClusterJobs {
    final Queue<Peer> peers = new ArrayDeque<>();
    final AtomicInteger runs = new AtomicInteger();
    volatile boolean failing;

    @Override
    public synchronized boolean tryRun(String job, Duration interval, BooleanSupplier work) {
      if (failing) {
        throw new DataAccessResourceFailureException("test");
      }
      if (peers.isEmpty()) {
        runs.incrementAndGet();
      }
      return peers.isEmpty();
    }

    @Override
    public synchronized Peer peerRun(String job) {
      return Objects.requireNonNull(peers.poll());
    }

    void script(Peer... given) {
      peers.addAll(List.of(given));
    }
  }

  @AfterEach
  void stop() {
    reconciler.stop();
  }

  private ReconcileState start() {
    reconciler =
        new Reconciler(
            context.getBean(ReconcilePass.class),
            context.getBean(SessionIndex.class),
            event -> {},
            context.getBean(WorkerFailures.class),
            jobs,
            context.getBean(Clock.class));
    var run = Objects.requireNonNull(reconciler.current());
    reconciler.start();
    return run;
  }

  private void awaitEnd() {
    await().until(() -> !reconciler.isComparing());
  }

  @Test
  void aCallDoesNotWaitForAComparisonWhoseLockCannotBeAskedFor() {
    jobs.failing = true;

    var run = start();
    var waiting = CompletableFuture.supplyAsync(run::rollouts);

    await().until(waiting::isDone);
    assertThat(waiting.join().size()).isZero();
    awaitEnd();
    assertThat(reconciler.wasCutShort()).isTrue();
  }

  @Test
  void aComparisonThatRanBeforeTheLossIsNotEnough() {
    jobs.script(new ClusterJobs.Peer(true, 5), new ClusterJobs.Peer(false, 6));

    start();
    awaitEnd();

    assertThat(jobs.runs).hasValue(1);
  }

  @Test
  void aComparisonThatAnotherReplicaHasBegunSinceIsEnough() {
    jobs.script(
        new ClusterJobs.Peer(true, 5),
        new ClusterJobs.Peer(true, 6),
        new ClusterJobs.Peer(false, 7));

    start();
    awaitEnd();

    assertThat(jobs.runs).hasValue(0);
  }
}
