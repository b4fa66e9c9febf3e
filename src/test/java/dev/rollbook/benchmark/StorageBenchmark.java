package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.packaged.StoppablePostgres;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Compares durable appends to rollouts in PostgreSQL with those to files that are fsynced before
/// the response, in turns on the same disk: of one item, over 16 and over 64 connections, each to a
/// thread of its own; reads of 2 000 items; and pages at random places of 200 000 items. Figures
/// are printed, not asserted.
///
/// `-Dbenchmark.seconds` lengthens the rounds, `-Dbenchmark.rounds` says how many there are.
class StorageBenchmark {
  private static final int ITEMS_TO_READ = 2_000;
  private static final int ITEMS_TO_SEEK_IN = 200_000;
  private static final int PLACES = 1_000;
  private static final int PAGE = 50;
  private static final int BATCH = 100;
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
    try (var toFiles = new LoadGenerator(files.address(), 1);
        var toDatabase = new LoadGenerator(database.address(), 1)) {
      compare(
          "read of 2 000 items",
          toFiles,
          toDatabase,
          List.of(HttpRequests.get(filled(files, toFiles, ITEMS_TO_READ), "x-ndjson")),
          List.of(HttpRequests.get(filled(database, toDatabase, ITEMS_TO_READ), "x-ndjson")));
      compare(
          "page in 200 000 items",
          toFiles,
          toDatabase,
          pages(filled(files, toFiles, ITEMS_TO_SEEK_IN)),
          pages(filled(database, toDatabase, ITEMS_TO_SEEK_IN)));
    }
  }

  private static void compare(
      String what,
      LoadGenerator toFiles,
      LoadGenerator toDatabase,
      List<byte[]> fromFiles,
      List<byte[]> fromDatabase)
      throws Exception {
    var fileRounds = new ArrayList<Round>();
    var databaseRounds = new ArrayList<Round>();
    toFiles.run(fromFiles, WARM_UP);
    toDatabase.run(fromDatabase, WARM_UP);
    for (int i = 0; i < ROUNDS; i++) {
      fileRounds.add(round(toFiles.run(fromFiles, ROUND)));
      databaseRounds.add(round(toDatabase.run(fromDatabase, ROUND)));
    }
    print(what + ", files", fileRounds);
    print(what + ", database", databaseRounds);
    System.out.printf(
        "%s: ratio %.2f%n",
        what, median(databaseRounds).perSecond() / median(fileRounds).perSecond());
  }

  /// The path of the items of a new thread, which has at least as many.
  private static String filled(ServiceProcess service, LoadGenerator load, int items)
      throws Exception {
    var thread = new BenchmarkThreads(service.address(), 1).all().getFirst();
    load.run(List.of(HttpRequests.append(thread, BATCH)), (long) items / BATCH);
    return "/v1/threads/%s/items".formatted(thread.thread());
  }

  /// Pages at random places, the same ones for each service.
  private static List<byte[]> pages(String items) {
    return new Random(1)
        .ints(PLACES, 0, ITEMS_TO_SEEK_IN - PAGE)
        .mapToObj(
            after -> HttpRequests.get("%s?after=%d&limit=%d".formatted(items, after, PAGE), "json"))
        .toList();
  }

  private static List<byte[]> requests(BenchmarkThreads threads) {
    return threads.all().stream().map(one -> HttpRequests.append(one, 1)).toList();
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
