package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;

/// Client of the soak test: appends to its own thread, turn after turn, and repeats every request
/// that got no response or was told to retry.
final class SoakClient {
  private final String name;
  private final int turnLength;
  private final Soak.Service service;
  private String thread;
  private String turn;
  private Map<Long, String> acknowledged = new TreeMap<>();
  private int items;
  private int inTurn;

  /// @param turnLength in items
  SoakClient(String name, int turnLength, Soak.Service service) {
    this.name = name;
    this.turnLength = turnLength;
    this.service = service;
  }

  /// Goes on with a fresh thread. The old one is deleted, so that there are never more than there
  /// are writers.
  void anew() {
    if (turn != null) {
      end();
    }
    var old = thread;
    thread = UUID.randomUUID().toString();
    acknowledged = new TreeMap<>();
    var body = "{\"id\":\"%s\",\"name\":\"%s\"}".formatted(thread, name);
    expect(201, 200, persistently(client -> client.post("/v1/threads", body)));
    if (old != null) {
      expect(204, 404, persistently(client -> client.delete(thread(old))));
    }
  }

  /// Appends one item; turns begin and end on the way.
  void step() {
    if (turn == null) {
      turn = UUID.randomUUID().toString();
      var body = "{\"id\":\"%s\",\"input\":\"Go on\"}".formatted(turn);
      expect(201, 200, persistently(client -> client.post(thread(thread) + "/turns", body)));
      inTurn = 0;
    }
    append();
    if (++inTurn == turnLength) {
      end();
    }
  }

  /// The end whose answer was lost is not said twice.
  private void end() {
    expect(200, 409, persistently(client -> client.complete(thread, turn)));
    turn = null;
  }

  String threadId() {
    return thread;
  }

  /// Payloads by the ordinals of which a receipt said that they are persisted.
  Map<Long, String> acknowledged() {
    return acknowledged;
  }

  private void append() {
    var payload = "{\"name\":\"%s-%d\"}".formatted(name, items);
    var body =
        "{\"items\":[{\"id\":\"%s-%d\",\"type\":\"soak\",\"payload\":%s}]}"
            .formatted(name, items++, payload);
    var answer =
        RollbookClient.expect(
            200, persistently(client -> client.post(turn(thread, turn) + "/items", body)));
    service.answered();
    if (answer.at("persistence", "status").equals("persisted")
        && answer.at("duplicates").equals("0")) {
      acknowledged.put(answer.json().path("firstOrdinal").longValue(), payload);
    } else {
      service.skipped();
    }
  }

  private Answer persistently(Function<RollbookClient, Answer> call) {
    while (true) {
      service.pace();
      try {
        var answer = call.apply(service.client());
        if (answer.status() < 400 || !answer.at("retryable").equals("true")) {
          return answer;
        }
        service.refused();
      } catch (UncheckedIOException gone) {
        service.refused();
      }
    }
  }

  private static Answer expect(int one, int other, Answer answer) {
    return answer.status() == other ? answer : RollbookClient.expect(one, answer);
  }
}
