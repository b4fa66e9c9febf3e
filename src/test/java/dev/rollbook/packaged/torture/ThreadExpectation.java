package dev.rollbook.packaged.torture;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One thread and its client, with the state that must be there after a kill: every acknowledged
/// change.
final class ThreadExpectation {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Random random;
  private final String id;
  private final Map<String, State> tags = new HashMap<>();
  private State acknowledged;

  /// What it is if the change was made whose answer did not come.
  private State asked;

  private String turn;
  private boolean turnMayBeAnother;
  private long givenOut;
  private int changes;

  /// What an ETag names.
  private record State(String name, boolean pinned, String metadata, boolean archived) {
    static State of(JsonNode thread) {
      return new State(
          thread.path("name").stringValue(null),
          thread.path("pinned").booleanValue(),
          thread.path("metadata").toString(),
          !thread.path("archivedAt").isNull());
    }
  }

  ThreadExpectation(RollbookClient client, Random random) {
    this.random = random;
    this.id = client.startThread();
    var read = client.get(thread(id));
    acknowledge(read, State.of(read.json()));
    givenOut = read.json().path("nextOrdinal").longValue() - 1;
  }

  String id() {
    return id;
  }

  /// Goes on until the service is gone.
  void change(RollbookClient client, Runnable answered) {
    try {
      while (true) {
        step(client);
        answered.run();
      }
    } catch (UncheckedIOException killed) {
      // What was asked for last may have been done.
    }
  }

  private void step(RollbookClient client) {
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> patch(client);
      case 4, 5 -> skip(client);
      case 6 -> archive(client);
      case 7 -> endTurn(client);
      default -> append(client);
    }
  }

  private void patch(RollbookClient client) {
    var name = "name-" + changes++;
    boolean pinned = random.nextBoolean();
    asked =
        switch (random.nextInt(3)) {
          case 0 ->
              new State(name, acknowledged.pinned, acknowledged.metadata, acknowledged.archived);
          case 1 ->
              new State(acknowledged.name, pinned, acknowledged.metadata, acknowledged.archived);
          default ->
              new State(name, pinned, "{\"n\":%d}".formatted(changes), acknowledged.archived);
        };
    var body =
        "{\"name\":\"%s\",\"pinned\":%s,\"metadata\":%s}"
            .formatted(
                asked.name, asked.pinned, asked.metadata.equals("{}") ? "null" : asked.metadata)
            .replace("\"null\"", "null");
    var patched = expect(200, patch(client, body, "*"));
    var change = patched.json().path("change");
    if (!change.isNull()) {
      assertThat(change.path("persistence").path("status").stringValue()).isEqualTo("persisted");
      gave(change.path("firstOrdinal"), change.path("lastOrdinal"));
    }
    acknowledge(patched, asked);
  }

  /// Ordinals are given out that no line of the rollout has.
  private void skip(RollbookClient client) {
    if (acknowledged.archived) {
      return;
    }
    startTurn(client);
    expect(200, client.post(thread(id) + (random.nextBoolean() ? "/shutdown" : "/discard")));
    var receipt = expect(200, client.append(id, turn, "\"skipped\""));
    assertThat(receipt.at("persistence", "status")).isEqualTo("skipped");
    gave(receipt.json().path("firstOrdinal"), receipt.json().path("lastOrdinal"));
  }

  private void append(RollbookClient client) {
    if (acknowledged.archived) {
      return;
    }
    startTurn(client);
    expect(200, client.post(thread(id) + "/resume"));
    var receipt = expect(200, client.append(id, turn, "\"a\"", "\"b\""));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    gave(receipt.json().path("firstOrdinal"), receipt.json().path("lastOrdinal"));
  }

  private void startTurn(RollbookClient client) {
    if (turn == null) {
      turnMayBeAnother = true;
      turn = client.startTurn(id);
      turnMayBeAnother = false;
    }
  }

  private void endTurn(RollbookClient client) {
    if (turn != null) {
      turnMayBeAnother = true;
      expect(200, client.complete(id, turn));
      turn = null;
      turnMayBeAnother = false;
    }
  }

  private void archive(RollbookClient client) {
    endTurn(client);
    var to = !acknowledged.archived;
    asked = new State(acknowledged.name, acknowledged.pinned, acknowledged.metadata, to);
    expect(200, client.post(thread(id) + (to ? "/archive" : "/unarchive")));
    acknowledge(client.get(thread(id)), asked);
  }

  private void gave(JsonNode first, JsonNode last) {
    assertThat(first.longValue()).as("first of %s", id).isGreaterThan(givenOut);
    givenOut = last.longValue();
  }

  private void acknowledge(Answer answer, State state) {
    acknowledged = state;
    asked = state;
    assertThat(State.of(answer.json())).isEqualTo(state);
    named(answer);
  }

  /// A tag names one state for ever.
  private void named(Answer answer) {
    var state = State.of(answer.json());
    assertThat(tags.merge(answer.header("etag"), state, (before, now) -> before))
        .as("the ETag of two states of %s", id)
        .isEqualTo(state);
  }

  /// All that was acknowledged is there, and what may be changed is changed only by who read it.
  void check(RollbookClient client, Path dataDir) throws IOException {
    var read = expect(200, client.get(thread(id)));
    var found = State.of(read.json());
    assertThat(found).as("thread %s", id).isIn(acknowledged, asked);
    acknowledge(read, found);
    var stale = tags.keySet().stream().filter(tag -> !tags.get(tag).equals(found)).findAny();
    stale.ifPresent(
        tag -> assertThat(patch(client, "{\"name\":\"lost\"}", tag).status()).isEqualTo(412));
    assertOrdinals(client, read.json());
    assertFile(dataDir.resolve(read.at("rollout", "path")), found);
    assertTurn(read.json());
  }

  private void assertOrdinals(RollbookClient client, JsonNode read) {
    long next = read.path("nextOrdinal").longValue();
    assertThat(next).as("next ordinal of %s", id).isGreaterThan(givenOut);
    givenOut = next - 1;
    var all = new HashSet<Long>();
    client.lines(id).forEach(line -> all.add(JSON.readTree(line).path("ordinal").longValue()));
    var gaps = expect(200, client.get(thread(id) + "/gaps?limit=1000")).json().path("data");
    for (var gap : gaps) {
      range(gap).forEach(lacking -> assertThat(all.add(lacking)).as("%s", gap).isTrue());
    }
    assertThat(all).as("ordinals of %s", id).hasSize((int) next);
    assertThat(read.path("completeness").stringValue())
        .isEqualTo(gaps.isEmpty() ? "complete" : "gapped");
  }

  private static LongStream range(JsonNode gap) {
    return LongStream.rangeClosed(
        gap.path("firstOrdinal").longValue(), gap.path("lastOrdinal").longValue());
  }

  private static void assertFile(Path rollout, State row) throws IOException {
    var lines = Files.readAllLines(rollout);
    assertNoted(lines, "thread_name_updated", "thread_name", row.name);
    assertNoted(lines, "thread_pin_updated", "pinned", String.valueOf(row.pinned));
  }

  private static void assertNoted(List<String> lines, String type, String member, String row) {
    var last = lines.stream().filter(line -> line.contains(type)).reduce((one, next) -> next);
    last.ifPresent(line ->
        assertThat(JSON.readTree(line).path("payload").path(member).asString("null"))
            .as(line)
            .isEqualTo(String.valueOf(row)));
  }

  private void assertTurn(JsonNode read) {
    var running = read.path("activeTurnId").stringValue(null);
    if (!turnMayBeAnother) {
      assertThat(running).as("turn of %s", id).isEqualTo(turn);
    }
    turn = running;
    turnMayBeAnother = false;
  }

  /// What is to be the same when the state-db was made anew.
  String shown(RollbookClient client) {
    var read = expect(200, client.get(thread(id)));
    var members = new HashMap<String, String>();
    Set.of(
            "name",
            "pinned",
            "metadata",
            "turnCount",
            "activeTurnId",
            "itemCount",
            "nextOrdinal",
            "completeness",
            "preview",
            "usage",
            "rollout")
        .forEach(member -> members.put(member, read.json().path(member).toString()));
    members.put("archived", String.valueOf(read.json().path("archivedAt").isNull()));
    members.put("etag", read.header("etag"));
    var turns = new StringBuilder();
    for (var each : expect(200, client.get(thread(id) + "/turns?limit=100")).json().path("data")) {
      turns.append("%s %s%n".formatted(each.path("id"), each.path("status")));
    }
    return id + new TreeMap<>(members) + "\n" + turns;
  }

  private Answer patch(RollbookClient client, String json, String ifMatch) {
    return client.patch(id, json, "if-match", ifMatch);
  }
}
