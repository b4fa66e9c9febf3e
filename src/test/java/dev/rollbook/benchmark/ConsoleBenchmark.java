package dev.rollbook.benchmark;

import static org.awaitility.Awaitility.await;

import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.packaged.browser.Chromium;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the console costs in a browser, each figure beside its goal. Times are the median of
/// several visits, from the beginning of the navigation until what is measured is on the screen.
///
/// `-Dbenchmark.threads` says how many threads the list has.
class ConsoleBenchmark {
  private static final int THREADS = Integer.getInteger("benchmark.threads", 100_000);
  private static final int ITEMS = 100_000;
  private static final int MIDDLE = 50_000;
  private static final int VISITS = 5;
  private static final int SENDERS = 16;
  private static final int BATCH = 100;
  private static final int SECONDS = 10;
  private static final int BATCHES_PER_SECOND = 10;
  private static final int BURST = 5000;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Path FILES = Path.of("src/main/resources/console");

  /// Names of the files that only some pages load.
  private static final Set<String> PARTS =
      Set.of("Threads", "Thread", "entry", "markdown", "Usage", "Health");

  /// Records when the condition was true for the first time, and the time between two frames.
  private static final String OBSERVER =
      """
      globalThis.frames = [];
      (() => {
        let before = performance.now();
        const frame = (now) => {
          globalThis.frames.push(now - before);
          before = now;
          if (globalThis.shownAt === undefined && (%s)) {
            globalThis.shownAt = performance.now();
          }
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      })();
      """;

  private static final String IN_SIGHT =
      """
      (() => {
        const row = document.querySelector('[data-index="%1$d"] .main') ?? document.querySelector('[data-index="%2$d"] .main');
        const box = row?.getBoundingClientRect();
        return box !== undefined && box.top > 0 && box.bottom <= innerHeight + 20;
      })()
      """;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private URI service;

  @Test
  void budgets(@TempDir Path home) throws Exception {
    var program = InstalledPrograms.orSkip("chromium", "chromium-browser", "google-chrome");
    try (var process = ServiceProcess.start(List.of("-Xmx512m"), List.of())) {
      service = URI.create("http://127.0.0.1:" + process.address().getPort());
      startThreads();
      var thread = thread("{\"name\":\"long\"}");
      append(thread, 1, ITEMS);

      try (var page =
          Chromium.open(
              program,
              home,
              "about:blank",
              "--enable-precise-memory-info",
              "--js-flags=--expose-gc")) {
        var list = visit(page, "#/", "document.querySelectorAll('.row').length > 10");
        print("first contentful paint", list.fcp(), "500 ms");
        print("list of %d threads".formatted(THREADS), list.shownAt(), "500 ms");
        var end = visit(page, "#/threads/" + thread, IN_SIGHT.formatted(ITEMS, ITEMS - 1));
        print("thread of 100 000 items at its end", end.shownAt(), "800 ms");
        var middle =
            visit(
                page,
                "#/threads/%s/%d".formatted(thread, MIDDLE),
                IN_SIGHT.formatted(MIDDLE, MIDDLE));
        print("item 50 000 by its link", middle.shownAt(), "1200 ms");
        print(
            "elements",
            Stream.of(list, end, middle).mapToLong(Visit::elements).max().orElseThrow(),
            "600");
        follow(page);
        print("heap after all this, MB", heap(page), "60");
      }
      sizes();
    }
  }

  /// A row of figures of a page.
  record Visit(long shownAt, long fcp, long elements) {}

  private Visit visit(Chromium page, String hash, String condition) throws Exception {
    var visits = new ArrayList<Visit>();
    for (int n = 0; n < VISITS; n++) {
      open(page, hash, condition);
      var figures =
          page.run(
              "({shownAt: Math.round(shownAt), fcp: Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime),"
                  + " elements: document.querySelectorAll('*').length})");
      visits.add(
          new Visit(
              figures.path("shownAt").longValue(),
              figures.path("fcp").longValue(),
              figures.path("elements").longValue()));
    }
    return new Visit(
        median(visits.stream().map(Visit::shownAt)),
        median(visits.stream().map(Visit::fcp)),
        visits.stream().mapToLong(Visit::elements).max().orElseThrow());
  }

  private void open(Chromium page, String hash, String condition) throws Exception {
    page.goTo("about:blank");
    page.resize(1440, 900);
    page.navigate(service + "/console/" + hash, OBSERVER.formatted(condition));
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> page.run("globalThis.shownAt !== undefined").booleanValue());
  }

  private void follow(Chromium page) throws Exception {
    var thread = thread("{\"name\":\"followed\"}");
    append(thread, 0, BATCH);
    open(page, "#/threads/" + thread, IN_SIGHT.formatted(BATCH, BATCH));
    page.countProcessorTime();
    page.run("frames.length = 0");
    var before = page.processorTime();
    int last = BATCH;
    long begin = System.nanoTime();
    for (int batch = 1; batch <= SECONDS * BATCHES_PER_SECOND; batch++) {
      append(thread, last, BATCH);
      last += BATCH;
      long pause = begin + batch * 1_000_000_000L / BATCHES_PER_SECOND - System.nanoTime();
      Thread.sleep(Duration.ofNanos(Math.max(0, pause)));
    }
    awaitItem(page, last);
    print(
        "longest frame at 1 000 items/s, ms",
        page.run("Math.round(Math.max(...frames))").longValue(),
        "100");
    print(
        "processor time of the page meanwhile, ms",
        page.processorTime().minus(before).toMillis(),
        "none");

    long begun = System.nanoTime();
    append(thread, last, BURST);
    awaitItem(page, last + BURST);
    print("5 000 items at once, ms", (System.nanoTime() - begun) / 1_000_000, "2000");
  }

  private static void awaitItem(Chromium page, int ordinal) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() ->
            page.run("document.querySelector('[data-index=\"%d\"]') !== null".formatted(ordinal))
                .booleanValue());
  }

  private static long heap(Chromium page) throws Exception {
    return page.run("globalThis.gc?.(), Math.round(performance.memory.usedJSHeapSize / 1e6)")
        .longValue();
  }

  /// Bytes with gzip: of the files that each page loads, those that all share included.
  private static void sizes() throws IOException {
    try (var files = Files.walk(FILES)) {
      var sizes =
          files
              .filter(file -> Files.isRegularFile(file) && !file.endsWith("licenses.md"))
              .collect(
                  Collectors.groupingBy(
                      file -> {
                        var name = file.getFileName().toString().replaceAll("-.*", "");
                        return PARTS.contains(name) ? name : "shared";
                      },
                      Collectors.summingLong(ConsoleBenchmark::compressed)));
      long shared = sizes.get("shared");
      print("bytes of the list", shared + sizes.get("Threads"), "90 KB");
      print(
          "bytes of a thread",
          shared + sizes.get("Thread") + sizes.get("entry") + sizes.get("markdown"),
          "90 KB");
      print("bytes of usage", shared + sizes.get("Usage"), "90 KB");
      print("bytes of health", shared + sizes.get("Health") + sizes.get("entry"), "90 KB");
      print("bytes in all", sizes.values().stream().mapToLong(Long::longValue).sum(), "90 KB");
    }
  }

  private static long compressed(Path file) {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      Files.copy(file, gzip);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.size();
  }

  private void startThreads() throws Exception {
    try (var senders = Executors.newFixedThreadPool(SENDERS)) {
      for (int n = 0; n < THREADS; n++) {
        var body =
            "{\"name\":\"thread %d\",\"cwd\":\"/home/dev/project-%d\",\"model\":\"gpt-5\"}"
                .formatted(n, n % 40);
        senders.submit(() -> thread(body));
      }
    }
  }

  private String thread(String body) throws IOException, InterruptedException {
    return post("/v1/threads", "application/json", body).path("id").stringValue();
  }

  private void append(String thread, int first, int count)
      throws IOException, InterruptedException {
    var lines =
        IntStream.range(first, first + count)
            .mapToObj(
                "{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"**Item %d** of a thread, with `code` and words enough for a line\"}}"
                    ::formatted)
            .collect(Collectors.joining("\n"));
    post("/v1/threads/" + thread + "/items", "application/x-ndjson", lines);
  }

  private JsonNode post(String path, String type, String body)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(service.resolve(path))
            .header("Content-Type", type)
            .POST(BodyPublishers.ofString(body, StandardCharsets.UTF_8))
            .build();
    var response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new IOException(path + ": " + response.statusCode() + " " + response.body());
    }
    return JsonMapper.shared().readTree(response.body());
  }

  private static long median(Stream<Long> values) {
    var sorted = values.sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static void print(String what, long figure, String goal) {
    System.out.printf("%-40s %8d   goal: %s%n", what, figure, goal);
  }
}
