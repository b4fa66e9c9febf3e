package dev.rollbook.packaged.browser;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.packaged.PackagedService;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// curl and a browser lose their event stream again and again, and still get every item once and in
/// order.
class EventReconnectIT {
  private static final int WRITERS = 4;
  private static final int ITEMS = 10_000;
  private static final int CUTS = 10;
  private static final String PAYLOAD = "\"" + "x".repeat(100) + "\"";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String FOLLOW =
      """
      var ids = [], ordinals = [], opened = 0, broken = 0;
      var events = new EventSource('%s/events?after=-1');
      events.onopen = () => opened++;
      events.onerror = () => broken++;
      events.addEventListener('item/appended', event => {
        ids.push(event.lastEventId);
        ordinals.push(JSON.parse(event.data).ordinal);
      });
      """;

  @TempDir static Path dataDir;
  @TempDir static Path logs;
  private static PackagedService service;
  private static RollbookClient client;

  private final AtomicLong appended = new AtomicLong();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final List<Future<?>> writing = new ArrayList<>();
  private ExecutorService writers;
  private String thread;

  @BeforeAll
  static void start() {
    service = PackagedService.start(dataDir, logs, "");
    client = service.client();
  }

  @AfterAll
  static void end() throws InterruptedException {
    try (var running = service) {
      assertThat(running.stop()).isEqualTo(143);
      assertThat(running.stderr()).isEmpty();
      assertThat(running.stdout())
          .noneMatch(line -> line.contains(" WARN ") || line.contains(" ERROR "));
    }
  }

  @BeforeEach
  void startThread() {
    thread = client.startThread();
    writers = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterEach
  void stopWriting() {
    stop.set(true);
    writers.close();
  }

  @Test
  void curlReconnectsFromTheLastPrintedId() throws Exception {
    var curl = InstalledPrograms.orSkip("curl");
    write();
    var ordinals = new ArrayList<Long>();
    for (int n = 1; n <= CUTS; n++) {
      followWithCurl(curl, ordinals, enoughFor(n));
    }
    long last = lastOrdinal();
    followWithCurl(curl, ordinals, last);

    assertThat(ordinals).isEqualTo(upTo(last));
  }

  @Test
  void aBrowserReconnectsByItself(@TempDir Path home) throws Exception {
    var program = InstalledPrograms.orSkip("chromium", "chromium-browser", "google-chrome");
    try (var wire = new CuttingProxy(service.port());
        var page =
            Chromium.open(
                program, home, "http://127.0.0.1:%d/actuator/info".formatted(wire.port()))) {
      page.run(FOLLOW.formatted(thread(thread)));
      write();
      for (int n = 1; n <= CUTS; n++) {
        awaitOrdinal(page, enoughFor(n));
        // What the browser had received before a cut may reach beyond the next one's ordinal.
        awaitCount(page, "opened", n);
        wire.cut(n % 2 == 0);
        awaitCount(page, "broken", n);
      }
      long last = lastOrdinal();
      awaitOrdinal(page, last);

      assertThat(longs(page, "ordinals")).isEqualTo(upTo(last));
      assertThat(longs(page, "ids")).isEqualTo(upTo(last));
      assertThat(page.run("opened").intValue()).isGreaterThan(CUTS);
    }
  }

  /// Cuts are spread over the items, and each comes after something new.
  private static long enoughFor(int cut) {
    return (long) ITEMS / (CUTS + 2) * cut;
  }

  /// Until they are told to stop, but so many at least; one to seven at a time, so that a cut falls
  /// into an append too.
  private void write() {
    for (int n = 0; n < WRITERS; n++) {
      writing.add(writers.submit(this::append));
    }
  }

  private void append() {
    for (int n = 0; !stop.get() || appended.get() < ITEMS; n++) {
      var items = Collections.nCopies(n % 7 + 1, PAYLOAD).toArray(String[]::new);
      expect(200, client.post(thread(thread) + "/items", body(items)));
      appended.addAndGet(items.length);
    }
  }

  private long lastOrdinal() throws Exception {
    assertThat(writing).noneMatch(Future::isDone);
    stop.set(true);
    for (var one : writing) {
      one.get();
    }
    long last = client.get(thread(thread)).json().path("nextOrdinal").longValue() - 1;
    assertThat(last).isEqualTo(appended.get()).isGreaterThanOrEqualTo(ITEMS);
    return last;
  }

  /// Kills curl when it has printed the ordinal; what it printed to the end of an event counts.
  private void followWithCurl(Path curl, List<Long> ordinals, long enough) throws IOException {
    var url = "http://127.0.0.1:%d%s/events?after=-1".formatted(service.port(), thread(thread));
    var command = new ArrayList<>(List.of(curl.toString(), "-sN", url));
    if (!ordinals.isEmpty()) {
      command.addAll(List.of("-H", "Last-Event-ID: " + ordinals.getLast()));
    }
    var process = new ProcessBuilder(command).start();
    try (var lines = process.inputReader()) {
      long id = -1;
      boolean item = false;
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          id = Long.parseLong(line.substring(4));
        } else if (line.startsWith("event: ")) {
          item = line.equals("event: item/appended");
        } else if (line.isEmpty() && item) {
          ordinals.add(id);
          item = false;
        }
        if (id >= enough && !item) {
          // Not through the process itself, which would throw away what is still in the pipe.
          process.toHandle().destroyForcibly();
        }
      }
    } finally {
      process.destroyForcibly();
    }
  }

  private static void awaitOrdinal(Chromium page, long ordinal) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> page.run("ordinals.at(-1)").longValue(-1) >= ordinal);
  }

  private static void awaitCount(Chromium page, String counter, int count) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> page.run(counter).intValue() >= count);
  }

  private static List<Long> longs(Chromium page, String array) throws Exception {
    return Arrays.stream(page.run(array + ".join()").stringValue().split(","))
        .map(Long::valueOf)
        .toList();
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(0, last).boxed().toList();
  }
}
