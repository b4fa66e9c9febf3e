package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.packaged.StoppablePostgres;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Compares durable appends to rollouts in PostgreSQL with those to files that are fsynced before
/// the response, in turns on the same disk: of one item, over 16 and over 64 connections, each to a
/// thread of its own; and reads of 1 000 items. Figures are printed, not asserted.
///
/// `-Dbenchmark.seconds` lengthens the rounds, `-Dbenchmark.rounds` says how many there are.
class StorageBenchmark {
  private static final String PAYLOAD = "\"" + "x".repeat(298) + "\"";
  private static final String ITEM = "{\"type\":\"response_item\",\"payload\":" + PAYLOAD + "}";
  private static final int ITEMS_TO_READ = 1_000;
  private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 5);
  private static final Duration ROUND =
      Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 4));
  private static final Duration WARM_UP = Duration.ofSeconds(8);

  /// What was measured in one round.
  private record Round(double perSecond, double p50, double p99) {}

  @Test
  void durableAppendsInTheDatabaseComparedWithFsyncedFiles() throws Exception {
    try (var postgres = new StoppablePostgres(ServiceProcess.directory());
        var files =
            ServiceProcess.start(List.of(), List.of("--rollbook.rollout.sync=every-append"));
        var database =
            ServiceProcess.start(
                List.of(),
                List.of(
                    "--rollbook.storage=database", "--spring.datasource.url=" + postgres.url()))) {
      for (int connections : new int[] {16, 64}) {
        compare(
            "append, %d connections".formatted(connections),
            files,
            database,
            connections,
            postgres);
      }
      compareReads(files, database);
    }
  }

  private static void compare(
      String what,
      ServiceProcess files,
      ServiceProcess database,
      int connections,
      StoppablePostgres postgres)
      throws Exception {
    var onFiles = new BenchmarkThreads(files.address(), connections);
    var inDatabase = new BenchmarkThreads(database.address(), connections);
    var fileRounds = new ArrayList<Round>();
    var databaseRounds = new ArrayList<Round>();
    long appends = 0;
    long wal = 0;
    var cpu = Duration.ZERO;
    long before = inDatabase.countItems();
    try (var toFiles = new LoadGenerator(files.address(), connections);
        var toDatabase = new LoadGenerator(database.address(), connections)) {
      toFiles.run(requests(onFiles), WARM_UP);
      long warm = toDatabase.run(requests(inDatabase), WARM_UP).sorted().length;
      for (int i = 0; i < ROUNDS; i++) {
        fileRounds.add(round(toFiles.run(requests(onFiles), ROUND)));
        long walBefore = walBytes(postgres);
        var cpuBefore = postgres.processorTime();
        var result = toDatabase.run(requests(inDatabase), ROUND);
        databaseRounds.add(round(result));
        appends += result.sorted().length;
        wal += walBytes(postgres) - walBefore;
        cpu = cpu.plus(postgres.processorTime().minus(cpuBefore));
      }
      assertThat(inDatabase.countItems() - before).isEqualTo(warm + appends);
    }
    print(what + ", files", fileRounds);
    print(what + ", database", databaseRounds);
    System.out.printf(
        "%s: ratio %.2f, %d B of WAL and %d us of PostgreSQL for each append%n",
        what,
        median(databaseRounds).perSecond() / median(fileRounds).perSecond(),
        wal / appends,
        cpu.toNanos() / 1000 / appends);
  }

  private static void compareReads(ServiceProcess files, ServiceProcess database) throws Exception {
    for (var service : List.of(files, database)) {
      var thread = new BenchmarkThreads(service.address(), 1);
      var one = thread.all().getFirst();
      try (var load = new LoadGenerator(service.address(), 1)) {
        var batch = String.join(",", Collections.nCopies(100, ITEM));
        var fill = List.of(request("POST", one.path("v1"), "{\"items\":[" + batch + "]}"));
        for (long items = 0; items < ITEMS_TO_READ; ) {
          items += 100L * load.run(fill, Duration.ofMillis(50)).sorted().length;
        }
        var path = "/v1/threads/%s/items?limit=1000".formatted(one.thread());
        var read = List.of(request("GET", path, ""));
        load.run(read, WARM_UP);
        var rounds = new ArrayList<Round>();
        for (int i = 0; i < ROUNDS; i++) {
          rounds.add(round(load.run(read, ROUND)));
        }
        print("read of 1 000 items, " + (service == files ? "files" : "database"), rounds);
      }
    }
  }

  private static List<byte[]> requests(BenchmarkThreads threads) {
    return threads.all().stream()
        .map(one -> request("POST", one.path("v1"), "{\"items\":[" + ITEM + "]}"))
        .toList();
  }

  private static byte[] request(String method, String path, String body) {
    return "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(method, path, body.length(), body)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static Round round(LoadGenerator.Result result) {
    return new Round(result.perSecond(), result.milliseconds(0.5), result.milliseconds(0.99));
  }

  private static long walBytes(StoppablePostgres postgres) throws SQLException {
    try (var connection = DriverManager.getConnection(postgres.url());
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static void print(String what, List<Round> rounds) {
    var median = median(rounds);
    System.out.printf(
        "%-36s %,8.0f/s  p50 %6.2f ms  p99 %6.2f ms%n",
        what, median.perSecond(), median.p50(), median.p99());
  }

  private static Round median(List<Round> rounds) {
    return rounds.stream()
        .sorted(Comparator.comparingDouble(Round::perSecond))
        .toList()
        .get(rounds.size() / 2);
  }
}
