package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractForkHttpTest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A fork continues from a position in its parent and has its own history.
class ForkHttpTest extends AbstractForkHttpTest {
  private static final List<String> INHERITED =
      List.of(
          "name",
          "cwd",
          "model",
          "modelProvider",
          "source",
          "cliVersion",
          "git",
          "metadata",
          "persistence",
          "preview",
          "turnCount",
          "itemCount",
          "nextOrdinal",
          "completeness");

  @Test
  void aForkHasAllItemsOfItsParentUnderTheSameOrdinals() throws IOException {
    var before = client.get(thread(parent)).json();
    var fileBefore = Files.readAllBytes(rollout(parent));

    var answer = expect(201, fork(parent, "{}"));

    var fork = answer.at("id");
    assertThat(answer.header("location")).isEqualTo(thread(fork));
    assertThat(answer.header("etag")).isEqualTo(client.get(thread(answer.at("id"))).header("etag"));
    assertThat(answer.json()).isEqualTo(client.get(thread(fork)).json());
    assertThat(INHERITED)
        .allSatisfy(name -> assertThat(answer.json().path(name)).isEqualTo(before.path(name)));
    assertThat(answer.at("forkedFromId")).isEqualTo(parent);
    assertThat(answer.at("status")).isEqualTo("idle");
    assertThat(answer.at("updatedAt")).isEqualTo(answer.at("createdAt"));
    assertThat(behindTheMeta(fork)).isEqualTo(behindTheMeta(parent));
    assertThat(turns(fork)).isEqualTo(turns(parent));
    assertThat(client.get(thread(parent)).json()).isEqualTo(before);
    assertThat(Files.readAllBytes(rollout(parent))).isEqualTo(fileBefore);
    assertRebuiltAsItIs(fork);
  }

  @Test
  void aForkMayHaveItsOwnNameAndMetadata() throws IOException {
    var fork =
        forked(
            parent,
            """
            {"name":"fork","cwd":"/tmp","model":"m2","modelProvider":"p2","source":"cli",
             "cliVersion":"2","persistence":"required","metadata":{"f":0.10}}
            """);

    var read = client.get(thread(fork));
    assertThat(read.at("name") + read.at("cwd") + read.at("model")).isEqualTo("fork/tmpm2");
    assertThat(read.at("modelProvider") + read.at("source")).isEqualTo("p2cli");
    assertThat(read.at("cliVersion") + read.at("persistence")).isEqualTo("2required");
    assertThat(read.text()).contains("\"metadata\":{\"f\":0.10}");
    assertThat(Files.readString(dataDir().resolve("session_index.jsonl"))).contains(fork);
  }

  @Test
  void aForkInheritsTheCurrentNameOfItsParent() {
    client.patch(parent, "{\"name\":\"renamed\",\"metadata\":{\"k\":2}}");

    var fork = forked(parent, "{\"throughTurnId\":\"" + first + "\"}");
    var other = forked(parent, "{\"name\":\"other\"}");

    assertThat(client.get(thread(fork)).at("name")).isEqualTo("renamed");
    assertThat(client.get(thread(fork)).at("metadata")).isEqualTo("{\"k\":2}");
    assertThat(client.get(thread(other)).at("name")).isEqualTo("other");
  }

  @ParameterizedTest
  @CsvSource({"0,0,false", "1,1,true", "3,1,true", "4,1,false", "5,1,false", "7,2,true"})
  void aForkThroughAnOrdinalInterruptsTheTurnThatItCuts(long through, int turns, boolean cuts) {
    var fork = forked(parent, "{\"throughOrdinal\":" + through + "}");

    var lines = behindTheMeta(fork);
    assertThat(lines.subList(0, (int) through))
        .isEqualTo(behindTheMeta(parent).subList(0, (int) through));
    assertThat(lines).hasSize((int) through + (cuts ? 1 : 0));
    assertThat(turns(fork)).hasSize(turns);
    if (cuts) {
      assertThat(lines.getLast()).contains("turn_aborted", "\"ordinal\":" + (through + 1));
      assertThat(turns(fork).getLast().path("status").stringValue()).isEqualTo("interrupted");
      assertThat(turns(fork).getLast().path("usage").isNull()).isTrue();
    }
    assertThat(client.get(thread(fork)).at("completeness")).isEqualTo("complete");
    assertThat(client.get(thread(fork)).at("activeTurnId")).isEqualTo("null");
  }

  @Test
  void aForkThroughATurnEndsWithIt() {
    var fork = forked(parent, "{\"throughTurnId\":\"" + first + "\"}");

    assertThat(behindTheMeta(fork)).isEqualTo(behindTheMeta(parent).subList(0, 4));
    assertThat(turns(fork)).isEqualTo(turns(parent).subList(0, 1));
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aRunningTurnIsInterruptedInTheForkAndContinuesInTheParent(boolean named) {
    var running = client.startTurn(parent);
    client.append(parent, running, "{\"n\":4}");

    var fork = forked(parent, named ? "{\"throughTurnId\":\"" + running + "\"}" : "{}");

    assertThat(client.get(turn(fork, running)).at("status")).isEqualTo("interrupted");
    assertThat(client.get(turn(parent, running)).at("status")).isEqualTo("inProgress");
    assertThat(client.append(parent, running, "1").at("firstOrdinal")).isEqualTo("11");
    var turn = client.startTurn(fork);
    assertThat(client.append(fork, turn, "1").at("firstOrdinal")).isEqualTo("13");
  }

  @Test
  void parentAndForkContinueIndependently() {
    var fork = forked(parent, "{}");
    client.post(thread(parent) + "/items", body("\"parents\""));
    client.post(thread(fork) + "/items", body("\"forks\""));

    assertThat(behindTheMeta(parent).getLast()).contains("parents", "\"ordinal\":9");
    assertThat(behindTheMeta(fork).getLast()).contains("forks", "\"ordinal\":9");

    expect(204, client.delete(thread(parent)));
    assertThat(behindTheMeta(fork)).hasSize(9);
    assertThat(client.get(thread(fork)).at("forkedFromId")).isEqualTo(parent);
    expect(200, client.post(thread(fork) + "/archive"));
    expect(200, client.post(thread(fork) + "/unarchive"));
    assertRebuiltAsItIs(forked(fork, "{}"));
  }

  @Test
  void anArchivedThreadCanBeForkedAndStaysArchived() {
    expect(200, client.post(thread(parent) + "/archive"));

    var fork = forked(parent, "{}");

    assertThat(client.get(thread(fork)).at("rollout", "path")).startsWith("sessions/");
    assertThat(client.get(thread(fork)).at("archivedAt")).isEqualTo("null");
    assertThat(client.get(thread(parent)).at("status")).isEqualTo("notLoaded");
    expect(201, client.post(thread(fork) + "/turns", "{}"));
  }

  @Test
  void aForkOfAForkHasTheHistoryOfBoth() {
    var child = forked(parent, "{\"throughTurnId\":\"" + first + "\"}");
    client.post(thread(child) + "/items", body("\"childs\""));

    var grandchild = forked(child, "{\"name\":\"grandchild\"}");

    assertThat(client.get(thread(grandchild)).at("forkedFromId")).isEqualTo(child);
    assertThat(behindTheMeta(grandchild)).isEqualTo(behindTheMeta(child)).hasSize(5);
    assertThat(behindTheMeta(forked(grandchild, "{\"throughOrdinal\":3}"))).hasSize(4);
  }

  @Test
  void aForeignThreadWithoutOrdinalsCanBeForked() throws IOException {
    var id = UUID.randomUUID().toString();
    var turn = UUID.randomUUID();
    var line =
        "{\"timestamp\":\""
            + Timestamps.format(Instant.now())
            + "\",\"type\":\"%s\",\"payload\":{%s}}\n";
    var text =
        line.formatted("session_meta", "\"id\":\"" + id + "\",\"cwd\":\"/theirs\"")
            + line.formatted("event_msg", "\"type\":\"task_started\",\"turn_id\":\"" + turn + "\"")
            + line.formatted("event_msg", "\"type\":\"user_message\",\"message\":\"hi\"")
            + line.formatted("response_item", "\"type\":\"message\"");
    var name = "sessions/2026/01/02/rollout-2026-01-02T03-04-05-" + id + ".jsonl";
    Files.createDirectories(dataDir().resolve(name).getParent());
    Files.writeString(dataDir().resolve(name), text);
    var ref = rollouts.ref(ThreadId.parse(id), name);
    assertThat(rebuild.insert(ref)).isTrue();

    var fork = forked(id, "{\"throughOrdinal\":2}");

    assertThat(client.get(thread(fork)).at("preview")).isEqualTo("hi");
    assertThat(client.get(thread(fork)).at("nextOrdinal")).isEqualTo("4");
    assertThat(turns(fork).getFirst().path("status").stringValue()).isEqualTo("interrupted");
    assertThat(Files.readString(rollout(fork))).contains(text.lines().toList().get(2));
    client.post(thread(fork) + "/items", body("1"));
    assertThat(client.lines(fork)).hasSize(5).last().asString().contains("\"ordinal\":4");
    assertThat(Files.readString(ref.path())).isEqualTo(text);
  }

  @Test
  void aForkRepeatedWithItsIdIsCreatedOnce() throws Exception {
    var id = UUID.randomUUID().toString();
    var json = "{\"id\":\"" + id + "\",\"name\":\"mine\"}";
    var statuses = new ArrayList<Future<Integer>>();
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      IntStream.range(0, 8)
          .forEach(n -> statuses.add(callers.submit(() -> fork(parent, json).status())));
    }

    var seen = new ArrayList<Integer>();
    for (var status : statuses) {
      seen.add(status.get());
    }
    assertThat(seen).containsOnlyOnce(201).containsOnly(200, 201);
    assertThat(filesNamed(id, dataDir().resolve("sessions"))).hasSize(1);
    expect(204, client.delete(thread(parent)));
    assertThat(expect(200, fork(parent, "{\"id\":\"" + id + "\"}")).at("name")).isEqualTo("mine");
    assertRebuiltAsItIs(id);
  }

  @Test
  void aThreadCanBeForkedDuringAppends() throws Exception {
    var stop = new AtomicBoolean();
    var forks = new ArrayList<String>();
    try (var appender = Executors.newVirtualThreadPerTaskExecutor()) {
      var appends =
          appender.submit(() -> {
            while (!stop.get()) {
              expect(200, client.post(thread(parent) + "/items", body("\"a\"", "\"b\"", "\"c\"")));
            }
            return true;
          });
      for (int n = 0; n < 20; n++) {
        forks.add(expect(201, fork(parent, "{}")).at("id"));
      }
      stop.set(true);
      assertThat(appends.get()).isTrue();
    }

    var all = behindTheMeta(parent);
    assertThat(forks)
        .allSatisfy(fork -> {
          var lines = behindTheMeta(fork);
          assertThat(lines).isEqualTo(all.subList(0, lines.size()));
          assertThat((lines.size() - 8) % 3).isZero();
          assertRebuiltAsItIs(fork);
        });
  }

  @Test
  void listsCanBeFilteredByParentThread() {
    var forks = IntStream.range(0, 5).mapToObj(n -> forked(parent, "{}")).toList();
    forked(forks.getFirst(), "{}");

    var seen = new ArrayList<String>();
    var cursor = "";
    do {
      var query = "/v1/threads?sort=createdAt&limit=2&forkedFromId=" + parent + cursor;
      var page = expect(200, client.get(query)).json();
      page.path("data").forEach(thread -> seen.add(thread.path("id").stringValue()));
      cursor =
          page.path("nextCursor").isNull()
              ? ""
              : "&cursor=" + page.path("nextCursor").stringValue();
    } while (!cursor.isEmpty());

    assertThat(seen).containsExactlyInAnyOrderElementsOf(forks);
    assertThat(client.get("/v1/threads?forkedFromId=" + UUID.randomUUID()).json().path("data"))
        .isEmpty();
  }
}
