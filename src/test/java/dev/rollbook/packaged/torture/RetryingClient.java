package dev.rollbook.packaged.torture;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.packaged.torture.ThreadJournal.Known;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Client that behaves like an agent: one request after the other until the service is gone.
///
/// What got no answer it sends again, the very same, as soon as there is a service; unless its
/// items have no ids, as nobody could tell then whether they are there already.
final class RetryingClient {
  /// Whether an answer acknowledges the request; false if it says that the service stops.
  private interface AnswerCheck {
    boolean to(Answer answer);
  }

  private record Request(
      Function<RollbookClient, Answer> call, boolean repeatable, AnswerCheck reaction) {}

  /// What the senders share: the service's last moments.
  interface EndObserver {
    void acknowledged();

    /// From then on the service may refuse and skip.
    boolean isStopping();
  }

  private final String name;
  private final Random random;
  private final ThreadJournal shared;
  private final Queue<ThreadJournal> threads;
  private ThreadJournal own;
  private String turn;
  private Request unanswered;
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

  void run(RollbookClient client, EndObserver until) {
    watch = until;
    while (true) {
      var request = unanswered == null ? next() : unanswered;
      unanswered = request.repeatable() ? request : null;
      Answer answer;
      try {
        answer = request.call().apply(client);
      } catch (UncheckedIOException gone) {
        return;
      }
      if (answer.status() == 503 && watch.isStopping()) {
        return;
      }
      unanswered = null;
      if (request.reaction().to(answer)) {
        watch.acknowledged();
      } else if (watch.isStopping()) {
        return;
      } else {
        throw new AssertionError("not persisted: " + answer.text());
      }
    }
  }

  private Request next() {
    int dice = random.nextInt(100);
    if (own == null || dice < 1) {
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
        answer -> {
          if (expect(answer, 201, 200).json().path("itemCount").longValue() == 0) {
            own = null;
            return false;
          }
          started.acknowledge();
          return true;
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
        answer -> reaction(expect(answer, 201, 200), started, Known.RUNS));
  }

  private Request endTurn() {
    var ended = turn;
    var how = List.of("complete", "fail", "interrupt").get(random.nextInt(3));
    own.turn(ended, Known.UNSURE);
    return new Request(
        client -> client.post("%s/%s".formatted(RollbookClient.turn(own.id(), ended), how)),
        true,
        answer -> {
          turn = null;
          // The end whose answer was lost is not said twice.
          if (answer.status() == 409 && answer.at("code").equals("turn_ended")) {
            own.turn(ended, Known.ENDED);
            return true;
          }
          return reaction(expect(answer, 200), ended, Known.ENDED);
        });
  }

  /// A frame that was skipped leaves it open what becomes of the turn: the thread is left alone.
  private boolean reaction(Answer answer, String of, Known known) {
    if (watch.isStopping() && answer.json().path("skippedItemCount").longValue() > 0) {
      own = null;
      return false;
    }
    own.turn(of, known);
    return true;
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
