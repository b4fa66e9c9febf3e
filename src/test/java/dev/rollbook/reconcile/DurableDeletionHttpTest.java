package dev.rollbook.reconcile;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.TurnRepository;
import dev.rollbook.statedb.TurnRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.util.ReflectionTestUtils;

/// A deleted thread stays deleted, even if a kill left its row or file, or others still have it.
class DurableDeletionHttpTest extends AbstractImportHttpTest {
  @Autowired ThreadRepository threadRows;
  @Autowired TurnRepository turnRows;

  /// A thread, and what a kill may leave of it.
  private record Leftover(String thread, ThreadRow row, TurnRow turn, Path file, String text) {}

  @Test
  void remainsOfADeletedThreadAfterAKillAreInvisible() throws IOException {
    client.startThread();
    var left = deletedWithLeftovers();
    var path = thread(left.thread());

    assertThat(client.get(path).at("code")).isEqualTo("thread_not_found");
    for (var part : List.of("/turns", "/items", "/gaps", "/rollout", "/events")) {
      assertThat(client.get(path + part).status()).as(part).isEqualTo(404);
    }
    var turnId = left.turn().id().toString();
    assertThat(client.get(turn(left.thread(), turnId)).status()).isEqualTo(404);
    assertThat(client.append(left.thread(), turnId, "1").status()).isEqualTo(404);
    assertThat(client.post(path + "/resume").status()).isEqualTo(404);
    assertThat(client.delete(path).status()).isEqualTo(404);
    for (int limit = 1; limit <= 3; limit++) {
      assertThat(listed(limit)).isNotEmpty().doesNotContain(left.thread()).doesNotHaveDuplicates();
    }
  }

  @Test
  void aReconciliationRemovesRemainsOfDeletedThreads() throws IOException {
    reconcile();
    var left = deletedWithLeftovers();
    Files.writeString(beside(left.file(), ".torn-1"), "{\"timest");
    Files.writeString(beside(left.file(), ".quarantine"), "{}");

    var result = reconcile();

    assertThat(result.path("counts").path("deleted").asInt()).isEqualTo(1);
    assertThat(threadRows.existsById(left.row().id())).isFalse();
    assertThat(turnRows.find(left.row().id(), left.turn().id())).isEmpty();
    assertThat(filesNamed(left.thread(), dataDir().resolve("sessions"))).isEmpty();
    assertThat(reconcile().path("counts").path("deleted").asInt()).isZero();
  }

  /// The line may be the one that let the id be used again.
  @Test
  void aRolloutIsKeptIfAnUnreadableLineMayHaveLiftedItsDeletion() throws IOException {
    var left = deletedWithLeftovers();
    var deletions = dataDir().resolve("deleted.jsonl");
    var intact = Files.readString(deletions);
    Files.writeString(deletions, intact + "{\"threadId\":\"" + left.thread() + "\",\"lif\0\n");
    loadTombstones();
    Path kept;
    try {
      reconcile();
      kept = dataDir().resolve("set_aside").resolve(dataDir().relativize(left.file()));
      assertThat(kept).hasContent(left.text());
      assertThat(left.file()).doesNotExist();
      assertThat(client.get(thread(left.thread())).status()).isEqualTo(404);
      assertThat(skipLines(left.thread())).singleElement().asString().contains("POST that file");
      var later = client.startThread();
      var file = rollout(later);
      expect(204, client.delete(thread(later)));
      assertThat(file).doesNotExist();
      assertThat(dataDir().resolve("set_aside").resolve(dataDir().relativize(file))).doesNotExist();
    } finally {
      Files.writeString(deletions, Files.readString(deletions).replaceAll(".*\\x00\n", ""));
      loadTombstones();
    }

    assertThat(upload(kept).at("threadsCreated")).isEqualTo("1");
    assertThat(client.lines(left.thread())).anyMatch(line -> line.contains("secret"));
  }

  @Test
  void aThreadStartedWithADeletedIdIsEmpty() throws IOException {
    var left = deletedWithLeftovers();

    var started =
        expect(201, client.post("/v1/threads", "{\"id\":\"%s\"}".formatted(left.thread())));

    assertThat(started.at("preview")).isEqualTo("null");
    assertThat(client.get(thread(left.thread()) + "/turns").json().path("data")).isEmpty();
    reconcile();
    assertThat(client.lines(left.thread())).singleElement().asString().contains("session_meta");
    assertThat(Files.readAllLines(dataDir().resolve("deleted.jsonl")).getLast())
        .contains(left.thread(), "liftedAt", "start");
  }

  @Test
  void aForkCanReuseTheIdOfADeletedThread() throws IOException {
    var left = deletedWithLeftovers();
    var parent = client.startThread();

    expect(201, client.post(thread(parent) + "/fork", "{\"id\":\"%s\"}".formatted(left.thread())));

    reconcile();
    assertThat(client.get(thread(left.thread())).at("forkedFromId")).isEqualTo(parent);
  }

  @Test
  void aDeletionWithoutADurableTombstoneIsRejectedAndDeletesNothing() throws IOException {
    var thread = client.startThread();
    var file = rollout(thread);
    disk.fail(isOnTombstones(Operation.FORCE), FaultyDisk.noSpaceLeft());
    assertThat(expect(507, client.delete(thread(thread))).at("code")).isEqualTo("storage_full");
    disk.heal();
    disk.fail(isOnTombstones(Operation.OPEN), FaultyDisk.inputOutputError());
    assertThat(expect(503, client.delete(thread(thread))).at("code"))
        .isEqualTo("persistence_unavailable");
    disk.heal();

    assertThat(client.get(thread(thread)).status()).isEqualTo(200);
    assertThat(file).exists();
    assertThat(Files.readString(dataDir().resolve("deleted.jsonl"))).doesNotContain(thread);
    expect(204, client.delete(thread(thread)));
  }

  @Test
  void aRolloutThatCannotBeDeletedIsDeletedLaterAndHealthReportsIt() {
    var thread = client.startThread();
    var file = rollout(thread);
    disk.fail(call -> call.is(Operation.DELETE, file), FaultyDisk.inputOutputError());

    expect(204, client.delete(thread(thread)));

    assertThat(client.get(thread(thread)).status()).isEqualTo(404);
    assertThat(health().at("status")).isEqualTo("DEGRADED");
    assertThat(health().text()).contains(thread, "Input/output error");
    assertThat(skipLines(thread)).singleElement().asString().contains("retrying every second");
    disk.heal();
    await().until(() -> health().at("status").equals("UP"));
    assertThat(file).doesNotExist();
    assertThat(threadRows.existsById(UUID.fromString(thread))).isFalse();
  }

  @Test
  void anImportOfADirectorySkipsAndReportsDeletedThreads() throws IOException {
    var thread = importedAndDeleted();
    var other = newThread();
    write(other, meta(other), user("other"));

    var again = importHome();

    assertThat(again.at("status")).isEqualTo("done");
    assertThat(again.at("files", "deleted")).isEqualTo("1");
    assertThat(again.at("files", "failed")).isEqualTo("0");
    assertThat(again.at("threadsCreated")).isEqualTo("1");
    assertThat(again.at("problems")).contains(thread, "deleted in Rollbook");
    assertThat(client.get(thread(thread)).status()).isEqualTo(404);
    assertThat(client.get(thread(other)).status()).isEqualTo(200);
  }

  @Test
  void anImportOfTheSingleFileRestoresItsThread() throws IOException {
    var thread = importedAndDeleted();

    var again = importPath(file(thread));

    assertThat(again.at("threadsCreated")).isEqualTo("1");
    assertThat(client.lines(thread)).hasSize(2);
    assertThat(importHome().at("files", "deleted")).isEqualTo("0");
  }

  @Test
  void anUploadRestoresItsThread() throws IOException {
    var thread = importedAndDeleted();

    assertThat(upload(file(thread)).at("threadsCreated")).isEqualTo("1");
    assertThat(client.lines(thread)).hasSize(2);
  }

  @Test
  void anImportThatCannotBeStoredIsRejected() throws IOException {
    var thread = importedAndDeleted();
    Predicate<FaultyDisk.Call> requests = call -> call.path().toString().endsWith(".json");
    for (var operation : List.of(Operation.CREATE, Operation.APPEND, Operation.FORCE)) {
      disk.fail(
          call -> call.operation() == operation && requests.test(call), FaultyDisk.noSpaceLeft());
      var body = "{\"path\":\"%s\"}".formatted(file(thread));
      assertThat(expect(507, client.post("/v1/imports", body)).at("code"))
          .isEqualTo("storage_full");
      disk.heal();
    }
    assertThat(client.get(thread(thread)).status()).isEqualTo(404);
    assertThat(importHome().at("files", "deleted")).isEqualTo("1");
    // The file of an import is deleted after the import has ended.
    await()
        .untilAsserted(() -> {
          try (var left = Files.list(dataDir().resolve("imports"))) {
            assertThat(left).isEmpty();
          }
        });
  }

  /// Its file may stay in the home for years.
  @Test
  void aForkOfADeletedThreadIsCompleteAndDoesNotRestoreIt() throws IOException {
    var parent = newThread();
    var child = newThread();
    write(
        parent,
        numbered(0, "session_meta", payload(meta(parent, ",\"history_mode\":\"paginated\""))),
        numbered(1, "event_msg", payload(user("one"))),
        numbered(2, "event_msg", payload(agent("not in the fork"))));
    importHome();
    expect(204, client.delete(thread(parent)));
    var members =
        """
        ,"history_mode":"paginated","forked_from_id":"%1$s",\
        "history_base":{"thread_id":"%1$s","end_ordinal_exclusive":2,"end_byte_offset":500}\
        """
            .formatted(parent);
    write(
        child,
        numbered(2, "session_meta", payload(meta(child, members))),
        numbered(3, "event_msg", payload(user("two"))));

    var done = importHome();

    assertThat(done.at("threadsCreated")).isEqualTo("1");
    assertThat(done.at("files", "deleted")).isEqualTo("1");
    assertThat(client.get(thread(parent)).status()).isEqualTo(404);
    assertThat(client.lines(child)).hasSize(4);
    assertThat(client.lines(child).get(1)).contains("\"one\"");
    assertThat(client.get(thread(child)).at("completeness")).isEqualTo("complete");
    try (var unfinished = Files.list(dataDir().resolve("unfinished"))) {
      assertThat(unfinished).isEmpty();
    }
  }

  private Answer upload(Path file) throws IOException {
    var sent =
        client.send(
            "POST",
            "/v1/imports",
            Files.readAllBytes(file),
            "content-type",
            "application/x-ndjson");
    return finished(expect(202, sent));
  }

  private String importedAndDeleted() throws IOException {
    var thread = newThread();
    write(thread, meta(thread), user("secret"));
    importHome();
    expect(204, client.delete(thread(thread)));
    return thread;
  }

  private Path file(String thread) {
    return home.resolve(
        "sessions/2025/10/01/rollout-2025-10-01T12-00-00-%s.jsonl".formatted(thread));
  }

  private Leftover deletedWithLeftovers() throws IOException {
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    expect(200, client.append(thread, turn, "\"secret\""));
    expect(200, client.complete(thread, turn));
    saveRows();
    var id = UUID.fromString(thread);
    var file = rollout(thread);
    var left =
        new Leftover(
            thread,
            threadRows.findById(id).orElseThrow(),
            turnRows.find(id, UUID.fromString(turn)).orElseThrow(),
            file,
            Files.readString(file));
    expect(204, client.delete(thread(thread)));
    assertThat(file).doesNotExist();
    assertThat(threadRows.existsById(id)).isFalse();
    Files.writeString(file, left.text(), StandardCharsets.UTF_8);
    threadRows.insert(left.row());
    turnRows.insert(left.turn());
    // As after a start: nobody has looked yet for what an earlier process has left.
    ReflectionTestUtils.setField(context.getBean("threadDeletion"), "searched", false);
    return left;
  }

  /// As at a start.
  private void loadTombstones() {
    ReflectionTestUtils.invokeMethod(context.getBean("tombstones"), "load");
  }

  private List<String> listed(int limit) {
    var ids = new ArrayList<String>();
    var cursor = "";
    for (int page = 0; page < 3; page++) {
      var answer = expect(200, client.get("/v1/threads?limit=" + limit + cursor)).json();
      answer.path("data").forEach(row -> ids.add(row.path("id").stringValue()));
      if (answer.path("nextCursor").isNull()) {
        break;
      }
      cursor = "&cursor=" + answer.path("nextCursor").stringValue();
    }
    return ids;
  }

  private Answer health() {
    return client.get("/actuator/health/deletions");
  }

  private static Predicate<FaultyDisk.Call> isOnTombstones(Operation operation) {
    return call -> call.operation() == operation && call.path().endsWith("deleted.jsonl");
  }

  private static Path beside(Path file, String ending) {
    return file.resolveSibling(file.getFileName() + ending);
  }
}
