package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;

import dev.rollbook.http.RollbookClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Concurrent clients that append to many threads, end and start turns, and record every receipt.
///
/// Each pauses after every append, as agents do: otherwise they would take all processor time for
/// as long as a test waits for something else.
public final class AgentClients {
  private static final int TURN_LENGTH = 25;
  private static final String FILL = "x".repeat(500);
  private static final Duration PAUSE = Duration.ofMillis(10);

  /// One thread; its turn is empty where none runs.
  private static final class Conversation {
    final String thread;
    final Map<Long, String> payloads = new ConcurrentHashMap<>();
    volatile String turn;
    volatile boolean turnStays;

    Conversation(String thread, String turn) {
      this.thread = thread;
      this.turn = turn;
    }
  }

  private final RollbookClient client;
  private final List<Conversation> conversations;
  private final List<Thread> running = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  private final boolean startsMayFail;
  private volatile boolean stopped;

  /// @param startsMayFail as the state-db has no disk either
  public AgentClients(RollbookClient client, int threads, boolean startsMayFail) {
    this.client = client;
    this.startsMayFail = startsMayFail;
    this.conversations =
        Stream.generate(client::startThread)
            .limit(threads)
            .map(thread -> new Conversation(thread, client.startTurn(thread)))
            .toList();
  }

  public void start(int agents) {
    IntStream.range(0, agents)
        .forEach(n -> running.add(Thread.ofVirtual().start(() -> run(n, agents))));
  }

  public void stop() throws InterruptedException {
    stopped = true;
    for (var one : running) {
      one.join();
    }
  }

  /// Ends all turns.
  public void endTurns() {
    conversations.stream()
        .filter(one -> !one.turn.isEmpty())
        .forEach(one -> expect(200, client.complete(one.thread, one.turn)));
  }

  /// How often something happened: `persisted`, `skipped`, `ended`, `started`.
  public int count(String what) {
    return counts.computeIfAbsent(what, none -> new AtomicInteger()).get();
  }

  public Queue<Throwable> failures() {
    return failures;
  }

  public List<String> threads() {
    return conversations.stream().map(one -> one.thread).toList();
  }

  /// What a thread was given, by the ordinal that the receipt named.
  public Map<Long, String> payloads(String thread) {
    return find(thread).payloads;
  }

  /// The turn of a thread, which from now on is not ended.
  public String keepTurn(String thread) {
    find(thread).turnStays = true;
    return find(thread).turn;
  }

  private Conversation find(String thread) {
    return conversations.stream()
        .filter(one -> one.thread.equals(thread))
        .findFirst()
        .orElseThrow();
  }

  /// Appends to any thread, but ends turns of its own ones only.
  private void run(int agent, int agents) {
    var random = new Random(agent);
    try {
      for (int n = 0; !stopped; n++) {
        append(conversations.get(random.nextInt(conversations.size())), agent + "-" + n);
        if (n % TURN_LENGTH == 0) {
          int own = random.nextInt(conversations.size() / agents) * agents + agent;
          nextTurn(conversations.get(own));
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (RuntimeException | AssertionError failed) {
      failures.add(failed);
    }
  }

  private void append(Conversation to, String name) {
    var payload = "{\"name\":\"%s\",\"fill\":\"%s\"}".formatted(name, FILL);
    var turn = to.turn;
    var answer =
        turn.isEmpty()
            ? client.post(thread(to.thread) + "/items", body(payload))
            : client.append(to.thread, turn, payload);
    if (answer.status() == 409 && answer.at("code").equals("turn_ended")) {
      return;
    }
    expect(200, answer);
    var other = to.payloads.put(answer.json().path("firstOrdinal").longValue(), payload);
    if (other != null) {
      throw new AssertionError("one ordinal given twice: " + answer.text());
    }
    if (answer.at("persistence", "pending").equals("false")) {
      throw new AssertionError("lost: " + answer.text());
    }
    counted(answer.at("persistence", "status"));
  }

  private void nextTurn(Conversation of) {
    if (of.turnStays) {
      return;
    }
    if (!of.turn.isEmpty()) {
      expect(200, client.complete(of.thread, of.turn));
      counted("ended");
      of.turn = "";
    }
    var started = client.post(thread(of.thread) + "/turns", "{}");
    if (!startsMayFail || started.status() != 503) {
      of.turn = expect(201, started).at("id");
      counted("started");
    }
  }

  private void counted(String what) {
    counts.computeIfAbsent(what, none -> new AtomicInteger()).incrementAndGet();
  }
}
