package dev.rollbook.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.packaged.StoppablePostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What one, two and three replicas append, with one PostgreSQL, all on the same machine: if
/// clients send each append to any replica, and if they send it to the owner of the thread. Figures
/// are printed, not asserted.
///
/// One cluster runs after the other: six services on a few processors would not be compiled before
/// the measurement. So nothing else should run meanwhile. `-Dbenchmark.seconds` and
/// `-Dbenchmark.rounds` set length and number of the rounds.
class ClusterBenchmark {
  private static final int CONNECTIONS = 12;
  private static final int THREADS = 60;
  private static final int MAX_REPLICAS = 3;
  private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 5);
  private static final Duration ROUND =
      Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 4));
  private static final Duration WARM_UP = Duration.ofSeconds(30);
  private static final Pattern PASSED_ON =
      Pattern.compile("(?m)^cluster_calls_passed_on_seconds_count\\S* (\\S+)$");

  private final ExecutorService generators = Executors.newFixedThreadPool(MAX_REPLICAS);

  /// What was measured in one round.
  ///
  /// @param services processor time of the replicas for each append in us
  /// @param database processor time of PostgreSQL for each append in us
  /// @param passedOn share of the appends that another replica than the called one has handled
  private record Round(
      long appends,
      double perSecond,
      double p50,
      double p99,
      double services,
      double database,
      double passedOn) {}

  /// Replicas with one database, and threads that are spread over them.
  private static final class Cluster implements AutoCloseable {
    private final StoppablePostgres postgres;
    private final List<ServiceProcess> replicas = new ArrayList<>();
    private final List<BenchmarkThreads> threads = new ArrayList<>();

    Cluster(int size) throws Exception {
      postgres = new StoppablePostgres(ServiceProcess.directory());
      for (int i = 0; i < size; i++) {
        replicas.add(ServiceProcess.start(List.of("-Xmx512m"), settings()));
      }
      for (var replica : replicas) {
        threads.add(new BenchmarkThreads(replica.address(), THREADS / size));
      }
    }

    private List<String> settings() {
      return List.of(
          "--rollbook.storage=database",
          "--spring.datasource.url=" + postgres.url(),
          "--rollbook.cluster.address=http://127.0.0.1:${server.port}",
          "--rollbook.cluster.preview=true",
          "--rollbook.cluster.secret=" + "benchmark ".repeat(4));
    }

    int size() {
      return replicas.size();
    }

    /// Over new connections: those of the last round may have been closed since.
    LoadGenerator.Result send(int replica, List<byte[]> requests, Duration length)
        throws IOException {
      try (var load = new LoadGenerator(replicas.get(replica).address(), CONNECTIONS / size())) {
        return load.run(requests, length);
      }
    }

    /// Appends to the threads that a replica owns.
    List<byte[]> toOwn(int replica) {
      return threads.get(replica).all().stream().map(one -> HttpRequests.append(one, 1)).toList();
    }

    /// Appends to all threads, in another order for each replica.
    List<byte[]> toAny(int replica) {
      var all = new ArrayList<byte[]>();
      for (int at = 0; at < THREADS / size(); at++) {
        for (int i = 0; i < size(); i++) {
          var conversation = threads.get((replica + i) % size()).all().get(at);
          all.add(HttpRequests.append(conversation, 1));
        }
      }
      return all;
    }

    Duration servicesTime() {
      return replicas.stream().map(ServiceProcess::cpu).reduce(Duration.ZERO, Duration::plus);
    }

    double passedOn() throws IOException, InterruptedException {
      double calls = 0;
      for (var replica : replicas) {
        var counters = PASSED_ON.matcher(replica.get("/actuator/prometheus"));
        while (counters.find()) {
          calls += Double.parseDouble(counters.group(1));
        }
      }
      return calls;
    }

    long countItems() throws IOException, InterruptedException {
      long items = 0;
      for (var some : threads) {
        items += some.countItems();
      }
      return items;
    }

    @Override
    public void close() throws Exception {
      for (var replica : replicas) {
        replica.close();
      }
      postgres.close();
    }
  }

  @Test
  void acknowledgedItemsAreReadBackFromOneToThreeReplicas() throws Exception {
    try (generators) {
      for (int size = 1; size <= MAX_REPLICAS; size++) {
        try (var cluster = new Cluster(size)) {
          for (boolean toOwner : new boolean[] {false, true}) {
            measure(cluster, toOwner);
          }
        }
      }
    }
  }

  private void measure(Cluster cluster, boolean toOwner) throws Exception {
    long expected = cluster.countItems() + appends(run(cluster, toOwner, WARM_UP));
    var rounds = new ArrayList<Round>();
    for (int i = 0; i < ROUNDS; i++) {
      var round = round(cluster, toOwner);
      rounds.add(round);
      expected += round.appends();
    }
    assertThat(cluster.countItems()).isEqualTo(expected);
    print(cluster.size(), toOwner, median(rounds));
  }

  private Round round(Cluster cluster, boolean toOwner) throws Exception {
    double passedBefore = cluster.passedOn();
    var servicesBefore = cluster.servicesTime();
    var databaseBefore = cluster.postgres.processorTime();
    var results = run(cluster, toOwner, ROUND);
    double services = cluster.servicesTime().minus(servicesBefore).toNanos() / 1e3;
    double database = cluster.postgres.processorTime().minus(databaseBefore).toNanos() / 1e3;
    double passed = cluster.passedOn() - passedBefore;
    long[] times =
        results.stream()
            .map(LoadGenerator.Result::sorted)
            .flatMapToLong(Arrays::stream)
            .sorted()
            .toArray();
    double seconds =
        results.stream().mapToDouble(LoadGenerator.Result::seconds).max().orElseThrow();
    var all = new LoadGenerator.Result(seconds, times);
    return new Round(
        times.length,
        all.perSecond(),
        all.milliseconds(0.5),
        all.milliseconds(0.99),
        services / times.length,
        database / times.length,
        passed / times.length);
  }

  private List<LoadGenerator.Result> run(Cluster cluster, boolean toOwner, Duration length)
      throws InterruptedException, ExecutionException {
    var runs =
        IntStream.range(0, cluster.size())
            .<Callable<LoadGenerator.Result>>mapToObj(replica -> {
              var requests = toOwner ? cluster.toOwn(replica) : cluster.toAny(replica);
              return () -> cluster.send(replica, requests, length);
            })
            .toList();
    var results = new ArrayList<LoadGenerator.Result>();
    for (Future<LoadGenerator.Result> result : generators.invokeAll(runs)) {
      results.add(result.get());
    }
    return results;
  }

  private static long appends(List<LoadGenerator.Result> results) {
    return results.stream().mapToLong(result -> result.sorted().length).sum();
  }

  private static void print(int replicas, boolean toOwner, Round round) {
    System.out.printf(
        "%d replicas, to %-9s %,8.0f/s  p50 %6.2f ms  p99 %6.2f ms  services %5.0f us  PostgreSQL %4.0f us  passed on %3.0f %%%n",
        replicas,
        toOwner ? "the owner" : "any",
        round.perSecond(),
        round.p50(),
        round.p99(),
        round.services(),
        round.database(),
        100 * round.passedOn());
  }

  private static Round median(List<Round> rounds) {
    return rounds.stream()
        .sorted(Comparator.comparingDouble(Round::perSecond))
        .toList()
        .get(rounds.size() / 2);
  }
}
