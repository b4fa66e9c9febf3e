package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.packaged.torture.RetryingClient.Outcome;
import dev.rollbook.packaged.torture.ThreadJournal.Known;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Client that behaves like an agent behind a load balancer, and of which no request may fail:
/// every one is sent once and has to be answered as if nothing happened, and every item has to be
/// persisted at once.
final class StrictClient {
  private final String name;
  private final Random random;
  private final ThreeReplicas replicas;
  private final ThreadJournal shared;
  private final Queue<ThreadJournal> threads;
  private final ConcurrentMap<String, AtomicInteger> counts;
  private ThreadJournal own;
  private String turn;
  private int items;

  /// What all clients share.
  ///
  /// @param threads where they add those that they start
  /// @param counts of answered requests, by kind
  record Work(
      ThreeReplicas replicas,
      ThreadJournal shared,
      Queue<ThreadJournal> threads,
      ConcurrentMap<String, AtomicInteger> counts) {
    static Work begin(ThreeReplicas replicas, Queue<ThreadJournal> threads) {
      var shared = new ThreadJournal(replicas.client(0).startThread());
      shared.acknowledge();
      threads.add(shared);
      return new Work(replicas, shared, threads, new ConcurrentHashMap<>());
    }

    int requests() {
      return counts.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    /// For people.
    Map<String, AtomicInteger> byKind() {
      return new TreeMap<>(counts);
    }
  }

  StrictClient(String name, Random random, Work work) {
    this.name = name;
    this.random = random;
    this.replicas = work.replicas();
    this.shared = work.shared();
    this.threads = work.threads();
    this.counts = work.counts();
  }

  /// Does one thing.
  void step() {
    int dice = random.nextInt(100);
    if (own == null || dice < 2) {
      startThread();
    } else if (turn == null) {
      startTurn();
    } else if (dice < 50) {
      append(own, "/turns/" + turn, 1);
    } else if (dice < 62) {
      append(own, "/turns/" + turn, 2 + random.nextInt(12));
    } else if (dice < 75) {
      append(shared, "", 1);
    } else if (dice < 80) {
      endTurn();
    } else if (dice < 83) {
      fork();
    } else {
      read();
    }
  }

  private void startThread() {
    var started = new ThreadJournal(new UUID(random.nextLong(), random.nextLong()).toString());
    threads.add(started);
    var body = "{\"id\":\"%s\",\"name\":\"%s\"}".formatted(started.id(), name);
    var answer = call("start", 201, client -> client.post("/v1/threads", body));
    if (answer.json().path("itemCount").longValue() == 0) {
      throw new AssertionError("started without a rollout: " + answer.text());
    }
    started.acknowledge();
    own = started;
    turn = null;
  }

  private void startTurn() {
    var answer =
        call("turn", 201, client -> client.post(thread(own.id()) + "/turns", "{\"input\":\"Go\"}"));
    turn = answer.at("id");
    requireNoSkip(answer);
    own.turn(turn, Known.RUNS);
  }

  private void endTurn() {
    var how = List.of("complete", "fail", "interrupt").get(random.nextInt(3));
    var path = "%s/%s".formatted(turn(own.id(), turn), how);
    requireNoSkip(call("end", 200, client -> client.post(path)));
    own.turn(turn, Known.ENDED);
    turn = null;
  }

  private static void requireNoSkip(Answer answer) {
    if (answer.json().path("skippedItemCount").longValue() > 0) {
      throw new AssertionError("skipped: " + answer.text());
    }
  }

  private void append(ThreadJournal to, String place, int count) {
    boolean identified = random.nextBoolean();
    var some =
        IntStream.range(0, count)
            .mapToObj(n -> new JournalItem(name + "-" + items++, identified, random.nextInt(300)))
            .toList();
    to.send(some);
    var body =
        some.stream().map(JournalItem::json).collect(Collectors.joining(",", "{\"items\":[", "]}"));
    var answer =
        call("append", 200, client -> client.post(thread(to.id()) + place + "/items", body));
    if (to.receipt(some, answer.json(), true) != Outcome.PERSISTED) {
      throw new AssertionError("not persisted: " + answer.text());
    }
  }

  private void fork() {
    var from = random.nextBoolean() ? own : shared;
    var fork = call("fork", 201, client -> client.post(thread(from.id()) + "/fork", "{}"));
    call("read", 200, client -> client.get(thread(fork.at("id")) + "/items?limit=5"));
  }

  private void read() {
    var paths =
        new ArrayList<>(
            List.of("/v1/threads?limit=20", "/v1/threads?status=active&limit=20", "/v1/facets"));
    for (var one : List.of(own, shared)) {
      paths.add(thread(one.id()));
      paths.add(thread(one.id()) + "/items?limit=50");
      paths.add(thread(one.id()) + "/turns");
    }
    var path = paths.get(random.nextInt(paths.size()));
    call(path.contains("/threads/") ? "read" : "list", 200, client -> client.get(path));
  }

  private Answer call(String kind, int status, Function<RollbookClient, Answer> call) {
    var answer = replicas.call(random, call);
    if (answer.status() != status) {
      throw new AssertionError(
          "%s: %d %s".formatted(answer.response().request(), answer.status(), answer.text()));
    }
    counts.computeIfAbsent(kind, _ -> new AtomicInteger()).incrementAndGet();
    return answer;
  }
}
