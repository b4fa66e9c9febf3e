package dev.rollbook.reconcile;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Reconciliations run concurrently with all other calls.
class ReconcileUnderLoadHttpTest extends AbstractReconcileHttpTest {
  private static final int ROUNDS = 15;

  /// Threads that start, move, fork and go while they are compared raise no alarm.
  @Test
  void concurrentChangesAreNotReported() throws Exception {
    var touched = new ConcurrentLinkedQueue<String>();
    var findings = new ArrayList<String>();
    try (var users = Executors.newVirtualThreadPerTaskExecutor()) {
      var work = List.<Callable<Void>>of(() -> live(touched), () -> live(touched));
      var running = work.stream().map(users::submit).toList();
      while (running.stream().anyMatch(each -> !each.isDone())) {
        var result = reconcile();
        for (var problem : result.path("problems")) {
          findings.add(problem.path("threadId").stringValue() + " " + problem);
        }
        assertThat(count(result, "setAside")).isZero();
      }
      for (var each : running) {
        each.get();
      }
    }
    assertThat(touched).hasSizeGreaterThanOrEqualTo(4 * ROUNDS);
    assertThat(findings).noneMatch(finding -> touched.stream().anyMatch(finding::startsWith));
    assertThat(logged(ch.qos.logback.classic.Level.WARN))
        .noneMatch(line -> touched.stream().anyMatch(line::contains));
  }

  private Void live(ConcurrentLinkedQueue<String> touched) {
    for (int n = 0; n < ROUNDS; n++) {
      var id = client.startThread();
      touched.add(id);
      expect(200, client.post(thread(id) + "/items", body("1", "2")));
      var fork = expect(201, client.post(thread(id) + "/fork", "{}")).at("id");
      touched.add(fork);
      expect(200, client.post(thread(id) + "/archive"));
      expect(200, client.post(thread(id) + "/unarchive"));
      expect(200, client.post(thread(id) + "/items", body("3")));
      assertThat(client.lines(id)).hasSize(4);
      expect(204, client.delete(thread(n % 2 == 0 ? id : fork)));
      assertThat(client.lines(n % 2 == 0 ? fork : id)).hasSizeGreaterThanOrEqualTo(3);
    }
    return null;
  }
}
