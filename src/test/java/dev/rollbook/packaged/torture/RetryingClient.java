package dev.rollbook.packaged.torture;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.packaged.torture.ThreadJournal.Known;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Client that behaves like an agent: one request after the other until the service is gone.
///
/// What got no answer it sends again, the very same, as soon as there is a service; unless its
/// items have no ids, as nobody could tell then whether they are there already. While the database
/// is away, it goes on with appends to the shared thread, and from time to time tries again what
/// was refused. With several replicas, it tries again whatever a `retryable` problem refuses.
final class RetryingClient {
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final int TRAIL = 20;
  private static final int NOTED = 300;
  private static final Duration PAUSE_OF_MOVES = Duration.ofMillis(50);

  /// What an answer says of the request.
  enum Outcome {
    PERSISTED,
    /// Not yet in the history, but it will be.
    PENDING,
    SKIPPED
  }

  private interface AnswerCheck {
    Outcome to(Answer answer);
  }

  /// Way to the service, or to any of its replicas.
  interface Route {
    /// @throws UncheckedIOException if there is no answer
    Answer send(Function<RollbookClient, Answer> call);
  }

  /// @param needsRows whether it is refused while the database is away
  /// @param made [System#nanoTime] before it was sent for the first time
  private record Request(
      Function<RollbookClient, Answer> call,
      boolean repeatable,
      boolean needsRows,
      AnswerCheck reaction,
      long made) {
    Request(
        Function<RollbookClient, Answer> call,
        boolean repeatable,
        boolean needsRows,
        AnswerCheck reaction) {
      this(call, repeatable, needsRows, reaction, System.nanoTime());
    }
  }

  /// What the senders share: the service's last moments, or the outages of its database.
  interface EndObserver {
    void acknowledged();

    /// Called for every answer.
    default void answered(Answer answer, Duration after) {}

    /// Called for every request that was accepted, however often it was sent.
    default void accepted(Duration afterAll) {}

    /// Called for every request that is sent again.
    default void repeated() {}

    /// Called for items that are written later.
    default void pending() {
      throw new AssertionError("pending, but the storage is fine");
    }

    /// From then on the service may refuse and skip.
    boolean isStopping();

    /// Threads and turns need not start, and items may be pending.
    default boolean databaseMayBeAway() {
      return false;
    }

    /// Replicas may refuse a request, and may lose what is pending.
    default boolean mayMove() {
      return false;
    }

    /// If not, each sender keeps the thread that it has.
    default boolean mayStartThreads() {
      return true;
    }

    /// Senders send no more.
    default boolean isOver() {
      return false;
    }
  }

  private final String name;
  private final Random random;
  private final ThreadJournal shared;
  private final Queue<ThreadJournal> threads;
  private ThreadJournal own;
  private String turn;

  /// The last answers, for people.
  private final Deque<String> trail = new ArrayDeque<>();

  /// What has to be sent again, before anything else.
  private final Deque<Request> unanswered = new ArrayDeque<>();

  private int items;
  private EndObserver watch;

  /// @param shared a thread that all senders append to, outside of turns
  /// @param threads where it adds those that it starts
  RetryingClient(String name, Random random, ThreadJournal shared, Queue<ThreadJournal> threads) {
    this.name = name;
    this.random = random;
    this.shared = shared;
    this.threads = threads;
  }

  /// Whether a request has to be sent again.
  boolean isInDebt() {
    return !unanswered.isEmpty();
  }

  /// Sends the requests again that are left. Returns when the service is gone, or if none is left.
  void settle(Route route) {
    while (isInDebt() && exchange(route)) {
      // The next one.
    }
  }

  /// Returns when the service is gone, or when the observer says so.
  void run(RollbookClient client, EndObserver until) {
    run(call -> call.apply(client), until);
  }

  void run(Route route, EndObserver until) {
    watch = until;
    while (!watch.isOver() && exchange(route)) {
      // The next one.
    }
  }

  /// @return false if the service is gone
  private boolean exchange(Route route) {
    var request = unanswered.isEmpty() ? next() : unanswered.removeFirst();
    Answer answer;
    long sent = System.nanoTime();
    try {
      answer = route.send(request.call());
    } catch (UncheckedIOException gone) {
      note("%s no answer: %s".formatted(LocalTime.now(ZoneOffset.UTC), gone.getCause()));
      repeat(request);
      return false;
    }
    watch.answered(answer, since(sent));
    note(answer);
    if (answer.status() == 503 && watch.isStopping()) {
      repeat(request);
      return false;
    }
    if (answer.status() == 503 && request.needsRows() && watch.databaseMayBeAway()) {
      repeat(request);
      unanswered.addFirst(append(shared, "", some(1)));
      LockSupport.parkNanos(PAUSE.toNanos());
      return true;
    }
    if (watch.mayMove() && answer.status() == 503) {
      repeat(request);
      LockSupport.parkNanos(PAUSE_OF_MOVES.toNanos());
      return true;
    }
    Outcome outcome;
    try {
      outcome = request.reaction().to(answer);
    } catch (AssertionError failed) {
      failed.addSuppressed(new AssertionError(String.join("\n", trail)));
      throw failed;
    }
    watch.accepted(since(request.made()));
    switch (outcome) {
      case PERSISTED -> watch.acknowledged();
      case PENDING -> watch.pending();
      case SKIPPED -> {
        if (watch.isStopping()) {
          return false;
        }
        if (!watch.mayMove()) {
          throw new AssertionError("not persisted: " + answer.text());
        }
      }
    }
    return true;
  }

  private void note(Answer answer) {
    var text = answer.text();
    note(
        "%s %s: %d %s"
            .formatted(
                LocalTime.now(ZoneOffset.UTC),
                answer.response().uri(),
                answer.status(),
                text.substring(0, Math.min(NOTED, text.length()))));
  }

  private void note(String answer) {
    trail.addLast(answer);
    if (trail.size() > TRAIL) {
      trail.removeFirst();
    }
  }

  private static Duration since(long nanoTime) {
    return Duration.ofNanos(System.nanoTime() - nanoTime);
  }

  private void repeat(Request request) {
    if (request.repeatable()) {
      watch.repeated();
      unanswered.addFirst(request);
    }
  }

  private Request next() {
    int dice = random.nextInt(100);
    if (own == null || (dice < 1 && watch.mayStartThreads())) {
      return startThread();
    }
    if (turn == null) {
      return startTurn();
    }
    if (dice < 50) {
      return append(own, "/turns/" + turn, some(1));
    }
    if (dice < 70) {
      return append(own, "/turns/" + turn, some(2 + random.nextInt(12)));
    }
    if (dice < 80) {
      return upload(some(1 + random.nextInt(80)));
    }
    return dice < 93 ? append(shared, "", some(1)) : endTurn();
  }

  private Request startThread() {
    own = new ThreadJournal(id());
    turn = null;
    threads.add(own);
    var started = own;
    var body = "{\"id\":\"%s\",\"name\":\"%s\"}".formatted(own.id(), name);
    return new Request(
        client -> client.post("/v1/threads", body),
        true,
        true,
        answer -> {
          if (expect(answer, 201, 200).json().path("itemCount").longValue() == 0) {
            own = null;
            return watch.databaseMayBeAway() ? Outcome.PENDING : Outcome.SKIPPED;
          }
          started.acknowledge();
          return Outcome.PERSISTED;
        });
  }

  private Request startTurn() {
    turn = id();
    var started = turn;
    own.turn(turn, Known.UNSURE);
    var body = "{\"id\":\"%s\"%s}".formatted(turn, random.nextBoolean() ? ",\"input\":\"Go\"" : "");
    return new Request(
        client -> client.post(RollbookClient.thread(own.id()) + "/turns", body),
        true,
        true,
        answer -> reaction(expect(answer, 201, 200), started, Known.RUNS));
  }

  private Request endTurn() {
    var ended = turn;
    var how = List.of("complete", "fail", "interrupt").get(random.nextInt(3));
    own.turn(ended, Known.UNSURE);
    return new Request(
        client -> client.post("%s/%s".formatted(RollbookClient.turn(own.id(), ended), how)),
        true,
        false,
        answer -> {
          turn = null;
          // The end whose answer was lost is not said twice.
          if (answer.status() == 409 && answer.at("code").equals("turn_ended")) {
            own.turn(ended, Known.ENDED);
            return Outcome.PERSISTED;
          }
          return reaction(expect(answer, 200), ended, Known.ENDED);
        });
  }

  /// A frame that was skipped leaves it open what becomes of the turn: the thread is left alone.
  private Outcome reaction(Answer answer, String of, Known known) {
    if ((watch.isStopping() || watch.mayMove())
        && answer.json().path("skippedItemCount").longValue() > 0) {
      own = null;
      return Outcome.SKIPPED;
    }
    own.turn(of, known);
    return Outcome.PERSISTED;
  }

  private Request append(ThreadJournal to, String place, List<JournalItem> items) {
    to.send(items);
    var path = RollbookClient.thread(to.id()) + place + "/items";
    var body =
        items.stream()
            .map(JournalItem::json)
            .collect(Collectors.joining(",", "{\"items\":[", "]}"));
    return new Request(
        client -> client.post(path, body),
        items.getFirst().identified(),
        false,
        answer -> to.receipt(items, expect(answer, 200).json(), true));
  }

  private Request upload(List<JournalItem> items) {
    var to = own;
    to.send(items);
    var path = RollbookClient.turn(to.id(), turn) + "/items";
    var lines = items.stream().map(JournalItem::json).collect(Collectors.joining("\n"));
    var body = lines.getBytes(StandardCharsets.UTF_8);
    return new Request(
        client -> client.send("POST", path, body, "content-type", "application/x-ndjson"),
        items.getFirst().identified(),
        false,
        answer -> to.receipt(items, expect(answer, 200).json(), false));
  }

  private List<JournalItem> some(int count) {
    boolean identified = random.nextInt(3) > 0;
    return IntStream.range(0, count)
        .mapToObj(n -> new JournalItem(name + "-" + items++, identified, length()))
        .toList();
  }

  /// Few are so long that a kill can come in the middle of their write.
  private int length() {
    int dice = random.nextInt(500);
    return random.nextInt(dice < 1 ? 500_000 : dice < 20 ? 10_000 : 300);
  }

  private String id() {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  private static Answer expect(Answer answer, int... statuses) {
    if (IntStream.of(statuses).noneMatch(status -> status == answer.status())) {
      throw new AssertionError("%d: %s".formatted(answer.status(), answer.text()));
    }
    return answer;
  }
}
