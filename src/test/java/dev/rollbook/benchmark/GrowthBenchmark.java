package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.springframework.util.FileSystemUtils;

/// How the cost of appends, of lists and of a start grows with the items of a thread and with the
/// threads of the service. Costs are processor time, because it depends less on the load of the
/// machine than times do; none is asserted.
///
/// `-Dbenchmark.items` and `-Dbenchmark.threads` set the largest sizes, `-Dbenchmark.seconds` the
/// length of each measurement.
class GrowthBenchmark {
  private static final long MAX_ITEMS = Long.getLong("benchmark.items", 1_000_000);
  private static final long MAX_THREADS = Long.getLong("benchmark.threads", 100_000);
  private static final Duration LENGTH =
      Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 4));

  /// So long that the JIT compiler is done before the smallest sizes are measured.
  private static final Duration WARM_UP = Duration.ofSeconds(40);

  private static final List<String> JVM = List.of("-Xmx512m");
  private static final long SMALLEST = 10;
  private static final int BATCH = 100;
  private static final int CONNECTIONS = 4;
  private static final int PAGE = 50;
  private static final int DEEP_PAGE = 1000;

  private final GrowthReport report = new GrowthReport();

  @Test
  void growsWithItemsAndWithThreads() throws Exception {
    try (var service = ServiceProcess.start(JVM, List.of())) {
      growThreads(service);
    }
    growNumberOfThreads();
    report.print();
  }

  private void growThreads(ServiceProcess service) throws IOException, InterruptedException {
    var warm = new BenchmarkThreads(service.address(), (int) SMALLEST).all();
    try (var load = new LoadGenerator(service.address(), CONNECTIONS)) {
      load.run(appends(warm, 1), WARM_UP);
    }
    for (long items : decades(MAX_ITEMS)) {
      // Many threads share the appends, so that none grows much while it is measured.
      int count = Math.clamp(100_000 / items, 1, 1000);
      var threads = new BenchmarkThreads(service.address(), count);
      int batch = (int) Math.min(items, BATCH);
      try (var one = new LoadGenerator(service.address(), 1)) {
        one.run(appends(threads.all(), batch), count * items / batch);
      }
      report.addToItems("append", items, cost(service, appends(threads.all(), 1)));
    }
  }

  private void growNumberOfThreads() throws IOException, InterruptedException {
    var dataDir = ServiceProcess.directory();
    try {
      try (var service = ServiceProcess.on(dataDir, JVM)) {
        report.addStart(0, service);
        growNumberOfThreads(service);
      }
      try (var service = ServiceProcess.on(dataDir, JVM)) {
        report.addStart(MAX_THREADS, service);
      }
    } finally {
      FileSystemUtils.deleteRecursively(dataDir);
    }
  }

  private void growNumberOfThreads(ServiceProcess service)
      throws IOException, InterruptedException {
    var appended = new BenchmarkThreads(service.address(), (int) SMALLEST).all();
    var create = List.of(HttpRequests.post("/v1/threads", "{\"name\":\"benchmark\"}"));
    var firstPage = List.of(page(""));
    try (var load = new LoadGenerator(service.address(), CONNECTIONS)) {
      load.run(appends(appended, 1), WARM_UP);
      load.run(firstPage, WARM_UP);
    }
    long existing = SMALLEST;
    for (long threads : decades(MAX_THREADS)) {
      if (threads > existing) {
        try (var load = new LoadGenerator(service.address(), CONNECTIONS)) {
          load.run(create, threads - existing);
        }
        existing = threads;
      }
      report.addToThreads("append", threads, cost(service, appends(appended, 1)));
      report.addToThreads("list, page 1", threads, cost(service, firstPage));
      if (threads >= (long) PAGE * DEEP_PAGE) {
        var deep = List.of(page("&cursor=" + cursor(service, DEEP_PAGE)));
        report.addToThreads("list, page 1,000", threads, cost(service, deep));
      }
    }
  }

  private static List<byte[]> appends(List<BenchmarkThreads.Conversation> threads, int batch) {
    return threads.stream().map(thread -> HttpRequests.append(thread, batch)).toList();
  }

  private static byte[] page(String cursor) {
    return HttpRequests.get("/v1/threads?limit=" + PAGE + cursor, "json");
  }

  /// Cursor of a page, which is found by reading all pages before it.
  private static String cursor(ServiceProcess service, int page) {
    var client = new RollbookClient(service.address().getPort());
    var cursor = "";
    for (int i = 1; i < page; i++) {
      var path = "/v1/threads?limit=" + PAGE + (cursor.isEmpty() ? "" : "&cursor=" + cursor);
      cursor = client.get(path).json().path("nextCursor").stringValue();
      assertThat(cursor).isNotEmpty();
    }
    return cursor;
  }

  /// Processor time per request in µs.
  private static double cost(ServiceProcess service, List<byte[]> requests) throws IOException {
    service.awaitIdle();
    var before = service.cpu();
    try (var load = new LoadGenerator(service.address(), CONNECTIONS)) {
      int responses = load.run(requests, LENGTH).sorted().length;
      return service.cpu().minus(before).toNanos() / 1e3 / responses;
    }
  }

  private static List<Long> decades(long max) {
    return LongStream.iterate(SMALLEST, size -> size <= max, size -> size * 10).boxed().toList();
  }
}
