package dev.rollbook.reconcile;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.cluster.ClusterJobs;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.http.HttpTest;
import dev.rollbook.lock.LoadedThreadRegistry;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.files.OwnerRepository;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.jdbc.core.JdbcTemplate;

/// The threads of a replica that is gone get rows that are those of their rollouts.
@EnabledIfSystemProperty(named = "rollbook.test.storage", matches = "database")
class GoneReplicaSweepHttpTest extends HttpTest {
  @Test
  void aRowThatCouldNotBeBroughtUpIsTriedAgain() {
    var id = client.startThread();
    expect(200, client.post(thread(id) + "/items", body("1")));
    saveRows();
    unload(id);
    execute("UPDATE thread SET item_count = 0, rollout_bytes = rollout_bytes - 1 WHERE id", id);
    execute("UPDATE thread_owner SET owner = gen_random_uuid() WHERE thread_id", id);
    var sweep = sweep();
    disk.fail(call -> call.path().toString().contains(id), FaultyDisk.inputOutputError());
    sweep.step(new WorkerSignal());
    assertThat(itemCount(id)).isZero();
    disk.heal();
    // As the beat does after the attempt.
    execute("UPDATE thread_owner SET owner = NULL WHERE thread_id", id);

    sweep.step(new WorkerSignal());

    assertThat(itemCount(id)).isEqualTo(2);
  }

  private GoneReplicaSweep sweep() {
    return new GoneReplicaSweep(
        context.getBean(Replicas.class),
        context.getBean(OwnerRepository.class),
        context.getBean(ThreadRepository.class),
        context.getBean(Rollouts.class),
        context.getBean(RowComparison.class),
        context.getBean(ThreadDeletion.class),
        context.getBean(LoadedThreadRegistry.class),
        ClusterJobs.SOLE,
        context.getBean(WorkerFailures.class));
  }

  private void execute(String update, String id) {
    assertThat(jdbc().update(update + " = ?::uuid", id)).isEqualTo(1);
  }

  private long itemCount(String id) {
    return jdbc()
        .queryForObject("SELECT item_count FROM thread WHERE id = ?::uuid", Long.class, id);
  }

  private JdbcTemplate jdbc() {
    return new JdbcTemplate(context.getBean(DataSource.class));
  }
}
