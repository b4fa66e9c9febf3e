package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import dev.rollbook.packaged.SmallDisk;
import dev.rollbook.packaged.StoppablePostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Ten minutes of 64 clients while everything fails in turn: the disk is full, rollouts are
/// deleted, the database is stopped, the process is killed.
///
/// Run by hand, as src/docs/development.md says; `-Drollbook.soak.minutes=` makes it longer or
/// shorter.
class Soak {
  private static final Duration LENGTH =
      Duration.ofMinutes(Integer.getInteger("rollbook.soak.minutes", 10));
  private static final int WRITERS = 64;
  private static final int APPENDS_A_SECOND = 3000;
  private static final int ANSWERS_BETWEEN_FAULTS = 8000;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long MOST_HEAP_MORE = 40L << 20;

  @TempDir Path logs;
  @TempDir Path dataDir;
  @TempDir Path database;
  private final List<PackagedService> services = new ArrayList<>();
  private final Service service = new Service();
  private final List<SoakClient> writers = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private StoppablePostgres postgres;
  private SmallDisk disk;
  private volatile boolean over;

  /// The service as writers see it, whichever process it is just now.
  static final class Service {
    private final Semaphore pace = new Semaphore(0);
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private volatile RollbookClient client;

    RollbookClient client() {
      return client;
    }

    void pace() {
      pace.acquireUninterruptibly();
    }

    void answered() {
      answered.incrementAndGet();
    }

    void skipped() {
      skipped.incrementAndGet();
    }

    void refused() {
      refused.incrementAndGet();
    }
  }

  @BeforeEach
  void start() throws Exception {
    disk = SmallDisk.mount(dataDir.resolve("sessions"), "1g");
    postgres = new StoppablePostgres(database);
    startService();
    IntStream.range(0, WRITERS)
        .forEach(n -> writers.add(new SoakClient("w" + n, n % 2 == 0 ? 40 : 900, service)));
    Thread.ofVirtual().start(this::paceWriters);
  }

  @AfterEach
  void stop() throws Exception {
    over = true;
    service.pace.release(Integer.MAX_VALUE / 2);
    services.forEach(PackagedService::close);
    postgres.close();
    disk.close();
  }

  @Test
  void nothingIsLostLeakedOrLoggedAsAnError() throws Exception {
    var running = writers.stream().map(this::write).toList();
    awaitAnswers(ANSWERS_BETWEEN_FAULTS);
    faultsFor(LENGTH.dividedBy(2));
    kill();
    awaitAnswers(ANSWERS_BETWEEN_FAULTS);
    var first = report("after the kill");
    faultsFor(LENGTH.dividedBy(2));
    over = true;
    for (var writer : running) {
      writer.join();
    }
    assertThat(failures).isEmpty();
    awaitHealth();
    var last = report("at the end");

    assertLevel(first, last);
    for (var writer : writers) {
      assertKept(writer);
    }
    assertThat(services.getLast().stop()).isEqualTo(143);
    for (var process : services) {
      assertThat(process.stderr()).isEmpty();
      assertThat(process.stdout()).noneMatch(line -> line.contains(" ERROR "));
    }
  }

  private Thread write(SoakClient writer) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            writer.anew();
            for (int n = 1; !over; n++) {
              writer.step();
              if (n % 1000 == 0) {
                writer.anew();
              }
            }
          } catch (RuntimeException | AssertionError failed) {
            failures.add(failed);
          }
        });
  }

  private void paceWriters() {
    var began = Instant.now();
    long given = 0;
    while (!over) {
      long due = Duration.between(began, Instant.now()).toMillis() * APPENDS_A_SECOND / 1000;
      service.pace.release(Math.toIntExact(Math.max(0, due - given)));
      given = Math.max(given, due);
      LockSupport.parkNanos(2_000_000);
    }
  }

  private void faultsFor(Duration time) throws Exception {
    var until = Instant.now().plus(time);
    for (int n = 0; Instant.now().isBefore(until); n++) {
      switch (n % 3) {
        case 0 -> fullDisk();
        case 1 -> deletedRollouts();
        default -> stoppedDatabase();
      }
      awaitAnswers(ANSWERS_BETWEEN_FAULTS);
      System.out.println("soak: " + ProcessStatistics.of(services.getLast()) + "; " + counts());
    }
  }

  private void fullDisk() throws IOException {
    long before = service.skipped.get();
    disk.fill();
    await().atMost(PATIENCE).until(() -> service.skipped.get() > before + WRITERS);
    disk.free();
  }

  /// Some of the writers find their rollout gone, and go on with what they have.
  private void deletedRollouts() throws IOException {
    long before = service.skipped.get();
    for (var writer : writers.subList(0, 4)) {
      var found = service.client.get(thread(writer.threadId()));
      if (found.status() == 200) {
        Files.deleteIfExists(dataDir.resolve(found.at("rollout", "path")));
      }
    }
    await().atMost(PATIENCE).until(() -> service.skipped.get() > before);
  }

  private void stoppedDatabase() throws IOException {
    postgres.stop();
    awaitAnswers(WRITERS);
    await().atMost(PATIENCE).until(() -> service.client.get("/v1/threads").status() == 503);
    postgres.start();
  }

  private void kill() throws Exception {
    services.getLast().sigkill();
    services.getLast().awaitExit();
    startService();
  }

  private void startService() {
    services.add(
        PackagedService.start(
            dataDir,
            logs,
            "ROLLBOOK_PERSISTENCE_HEALTH_WINDOW=1s SPRING_DATASOURCE_URL='%s'"
                .formatted(postgres.url())));
    service.client = services.getLast().client();
  }

  private void awaitAnswers(int more) {
    long target = service.answered.get() + more;
    await().atMost(PATIENCE).until(() -> service.answered.get() >= target || !failures.isEmpty());
    assertThat(failures).isEmpty();
  }

  private void awaitHealth() {
    await()
        .atMost(PATIENCE)
        .until(() -> service.client.get("/actuator/health").at("status").equals("UP"));
  }

  private ProcessStatistics report(String when) throws Exception {
    var vitals = ProcessStatistics.of(services.getLast());
    System.out.println("soak, " + when + ": " + vitals + "; " + counts());
    return vitals;
  }

  private String counts() {
    return "%s answered, %s of them skipped, %s refused or cut off"
        .formatted(service.answered, service.skipped, service.refused);
  }

  private static void assertLevel(ProcessStatistics first, ProcessStatistics last) {
    assertThat(last.heap()).isLessThan(first.heap() + MOST_HEAP_MORE);
    assertThat(last.openFiles()).isLessThan(first.openFiles() + WRITERS);
    assertThat(last.threads()).isLessThan(first.threads() + WRITERS);
    assertThat(last.liveThreads()).isLessThanOrEqualTo(WRITERS + 1L);
  }

  /// Nothing that a receipt called persisted is missing or there twice, unless this test deleted
  /// the rollout itself.
  private void assertKept(SoakClient writer) {
    var path = thread(writer.threadId()) + "/items";
    var answer = service.client.get(path, "accept", "application/x-ndjson");
    if (answer.status() == 409 && answer.at("code").equals("rollout_missing")) {
      assertThat(writers.subList(0, 4)).contains(writer);
      return;
    }
    var found = new HashMap<Long, String>();
    for (var line : expect(200, answer).text().lines().toList()) {
      var item = JsonMapper.shared().readTree(line);
      assertThat(found.put(item.path("ordinal").longValue(), item.path("payload").toString()))
          .isNull();
    }
    assertThat(found).containsAllEntriesOf(writer.acknowledged());
    var names = found.values().stream().filter(payload -> payload.contains("\"name\"")).toList();
    assertThat(names).doesNotHaveDuplicates();
  }
}
