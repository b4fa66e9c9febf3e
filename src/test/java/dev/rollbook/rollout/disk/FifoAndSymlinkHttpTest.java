package dev.rollbook.rollout.disk;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.web.tomcat.CarrierThreadMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// FIFOs in place of files block whoever opens them, and symlinks lead out of the data-dir: neither
/// is opened.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FifoAndSymlinkHttpTest extends AbstractImportHttpTest {
  @Test
  void aFifoInPlaceOfARolloutCountsAsMissing() throws Exception {
    for (var suffix : new String[] {"", ".zst"}) {
      var id = client.startThread();
      expect(200, client.post(thread(id) + "/items", body("1")));
      unload(id);
      var file = rollout(id);
      Files.delete(file);
      var fifo = fifo(Path.of(file + suffix));

      for (var path : new String[] {"/items", "/rollout", "/rollout?format=codex"}) {
        assertThat(client.get(thread(id) + path).status()).as(path).isEqualTo(409);
      }
      expect(409, client.post(thread(id) + "/resume"));
      expect(409, client.post(thread(id) + "/fork", "{}"));
      var skipped = expect(200, client.post(thread(id) + "/items", body("2")));
      assertThat(skipped.at("persistence", "reason")).isEqualTo("rollout_missing");
      client.delete(thread(id));
      Files.deleteIfExists(fifo);
    }
    assertAlive();
  }

  @Test
  void aFifoBesideARolloutIsSkipped() throws Exception {
    var id = client.startThread();
    expect(200, client.post(thread(id) + "/items", body("1")));
    unload(id);
    var file = rollout(id);
    Files.writeString(file, "{\"torn", StandardOpenOption.APPEND);
    for (var beside : new String[] {".torn-1", ".quarantine", ".rewrite"}) {
      fifo(file.resolveSibling(file.getFileName() + beside));
    }

    client.post(thread(id) + "/items", body("2"));

    expect(200, client.get(thread(id) + "/items"));
    assertAlive();
    expect(204, client.delete(thread(id)));
  }

  @Test
  void renamingWorksWithAFifoInPlaceOfTheSessionIndex() throws Exception {
    var names = dataDir().resolve("session_index.jsonl");
    var aside = dataDir().resolve("names-aside");
    boolean there = Files.exists(names);
    if (there) {
      Files.move(names, aside);
    }
    try {
      fifo(names);
      client.startThread("{\"name\":\"somebody\"}");
      reconcile();
      assertAlive();
    } finally {
      Files.delete(names);
      if (there) {
        Files.move(aside, names);
      }
    }
  }

  @Test
  void fifosAndSymlinksOfACodexHomeAreNotRead() throws Exception {
    var id = newThread();
    var outside = Files.createTempDirectory("outside");
    home = Files.createDirectory(foreignDir().resolve("fifos-" + UUID.randomUUID()));
    for (var place :
        new String[] {
          "session_index.jsonl",
          "other",
          "sessions/2026/11/24/rollout-2026-11-24T10-11-12-%s.jsonl".formatted(id),
          "sessions/2026/11/24/rollout-2026-11-24T10-11-13-%s.jsonl.zst".formatted(newThread()),
          "sessions/2026/11/25"
        }) {
      Files.createDirectories(home.resolve(place).getParent());
      fifo(home.resolve(place));
    }
    Files.createSymbolicLink(home.resolve("sessions/2026/12"), outside);

    var done = importHome();

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("files", "done")).isEqualTo("0");
    assertThat(done.at("problems")).contains("sessions/2026/12");
    assertAlive();
  }

  @Test
  void aWatchedHomeIsNotLeftThroughSymlinks() throws Exception {
    var outside = Files.createTempDirectory("outside");
    var linked = watchedDir().resolve("sessions/2026/linked-" + UUID.randomUUID());
    Files.createDirectories(linked.getParent());
    Files.createSymbolicLink(linked, outside);
    var fifo = fifo(linked.resolveSibling("fifo-" + UUID.randomUUID()));
    try {
      await()
          .until(() ->
              client
                  .get("/actuator/health")
                  .json()
                  .path("components")
                  .path("codexHome")
                  .toString()
                  .contains(String.valueOf(linked.getFileName())));
      assertAlive();
    } finally {
      Files.delete(linked);
      Files.delete(fifo);
    }
    await().until(() -> client.get("/actuator/health").at("status").equals("UP"));
  }

  @Test
  void nothingIsWrittenThroughASymlinkInTheDataDir() throws Exception {
    var outside = Files.createTempDirectory("outside");
    var year = dataDir().resolve("sessions/1999");
    Files.createDirectories(year.getParent());
    Files.createSymbolicLink(year, outside);
    try {
      var id = newThread();
      var day = Files.createDirectories(outside.resolve("01/02"));
      var name = "rollout-1999-01-02T10-11-12-%s.jsonl".formatted(id);
      var file = Files.writeString(day.resolve(name), "{\"secret\":1}\n");

      reconcile();

      expect(404, client.get(thread(id)));
      assertThat(file).hasContent("{\"secret\":1}\n");
      assertThat(day.toFile().list()).containsExactly(name);
    } finally {
      Files.delete(year);
    }
  }

  /// As on a mount that is dead: each call holds a carrier of virtual threads.
  @Test
  void livenessIsAnsweredWhileAllCarrierThreadsAreBlocked() throws Exception {
    var fifo = fifo(temporary().resolve("fifo"));
    var holders = new ArrayList<Thread>();
    for (int n = 0; n < CarrierThreadMonitor.MAX_CARRIERS; n++) {
      holders.add(Thread.ofVirtual().start(() -> open(fifo, StandardOpenOption.READ)));
    }
    try {
      await().until(context.getBean(CarrierThreadMonitor.class)::isStuck);
      var fresh = new RollbookClient(port);
      var refused = expect(503, fresh.get("/v1/threads"));
      assertThat(refused.at("code")).isEqualTo("persistence_unavailable");
      assertThat(refused.at("retryable")).isEqualTo("true");
      expect(200, fresh.get("/actuator/health/liveness"));
      expect(200, fresh.get("/actuator/health/readiness"));
    } finally {
      // Open until all have ended: one that had no carrier thread until now opens its end later.
      try (var _ = FileChannel.open(fifo, StandardOpenOption.WRITE)) {
        for (var holder : holders) {
          holder.join();
        }
      }
    }
    await().until(() -> client.get("/v1/threads").status() == 200);
  }

  private void assertAlive() {
    expect(200, client.get("/actuator/health/liveness"));
    expect(200, client.get("/v1/threads"));
    var id = client.startThread();
    expect(200, client.complete(id, client.startTurn(id)));
    assertThat(logged(Level.ERROR)).isEmpty();
  }

  private static void open(Path fifo, StandardOpenOption how) {
    try (var channel = FileChannel.open(fifo, how)) {
      assertThat(channel.isOpen()).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path fifo(Path path) throws IOException, InterruptedException {
    var made = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
    assertThat(made.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(made.exitValue()).isZero();
    return path;
  }
}
