package dev.rollbook.live;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.rollout.disk.FaultyDisk.inputOutputError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.EventClient;
import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.SyncPolicy;
import dev.rollbook.rollout.disk.BlockedDiskCall;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.util.ReflectionTestUtils;

/// Group commit with `every-append`: appends that arrive during an fsync share the next one, and
/// each has its own result.
@Timeout(60)
class GroupCommitHttpTest extends HttpTest {
  private static final int OTHERS = 8;

  @Autowired LiveThreads live;
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
  private String thread;
  private Path file;
  private BlockedDiskCall force;

  @BeforeEach
  void forceEveryAppend() {
    sync(SyncPolicy.EVERY_APPEND);
    thread = client.startThread();
    file = rollout(thread);
  }

  @AfterEach
  void forceAsEver() {
    callers.shutdownNow();
    sync(SyncPolicy.INTERVAL);
  }

  @Test
  void appendsDuringAnFsyncShareTheNextOne() throws Exception {
    var first = appendAndHold();
    var others = sendWhileHeld(payloads());
    assertThat(others).noneMatch(Future::isDone);
    force.letGo();

    assertPersisted(first.get(), 1);
    for (int i = 0; i < OTHERS; i++) {
      assertPersisted(others.get(i).get(), 2 + i);
    }
    assertThat(calls(Operation.FORCE)).isEqualTo(2);
    assertThat(calls(Operation.APPEND)).isEqualTo(2);
    assertThat(payloadsInFile()).containsExactlyElementsOf(firstAnd(payloads()));
  }

  @Test
  void aGroupWhoseFsyncFailsIsNeitherAcknowledgedNorKept() throws Exception {
    var first = appendAndHold();
    var others = sendWhileHeld(payloads());
    disk.fail(call -> call.is(Operation.FORCE, file), inputOutputError());
    force.letGo();

    assertPersisted(first.get(), 1);
    for (int i = 0; i < OTHERS; i++) {
      var receipt = expect(200, others.get(i).get());
      assertThat(receipt.at("persistence", "status")).isEqualTo("skipped");
      assertThat(receipt.at("persistence", "reason")).isEqualTo("storage_failed");
      assertThat(receipt.at("firstOrdinal")).isEqualTo("" + (2 + i));
    }
    // A retry may have written them a moment ago, and truncates them when its own fsync fails.
    await().untilAsserted(() -> assertThat(payloadsInFile()).containsExactly("\"first\""));

    disk.heal();
    assertPersisted(append("\"last\""), 2 + OTHERS);
    var all = firstAnd(payloads());
    all.add("\"last\"");
    assertThat(payloadsInFile()).containsExactlyElementsOf(all);
  }

  @Test
  void eachAppendIsRetriedAloneIfOnlyTheSharedFsyncFails() throws Exception {
    appendAndHold();
    var others = sendWhileHeld(payloads());
    var fails = new AtomicBoolean(true);
    disk.fail(call -> call.is(Operation.FORCE, file) && fails.getAndSet(false), inputOutputError());
    force.letGo();

    for (int i = 0; i < OTHERS; i++) {
      assertPersisted(others.get(i).get(), 2 + i);
    }
    assertThat(payloadsInFile()).containsExactlyElementsOf(firstAnd(payloads()));
  }

  @Test
  void eachAppendOfAGroupHasItsOwnResult() throws Exception {
    appendAndHold();
    var others =
        sendWhileHeld(
            List.of(
                item("a", "\"2\""),
                expecting(99),
                item("a", "\"again\""),
                expecting(3),
                item("b", "\"4\"")));
    var unknown = send("/turns/01a2041d-19f9-775e-885f-9a8642eb198e/items", body("1"));
    awaitWaiting(6);
    force.letGo();

    assertPersisted(others.get(0).get(), 2);
    assertThat(expect(409, others.get(1).get()).at("nextOrdinal")).isEqualTo("3");
    var again = expect(200, others.get(2).get());
    assertThat(again.at("duplicates")).isEqualTo("1");
    assertThat(again.at("firstOrdinal")).isEqualTo("2");
    assertPersisted(others.get(3).get(), 3);
    assertPersisted(others.get(4).get(), 4);
    assertThat(unknown.get().status()).isEqualTo(404);
    assertThat(calls(Operation.FORCE)).isEqualTo(2);
  }

  @Test
  void readersOfAThreadDoNotWaitForItsFsync() throws Exception {
    var first = appendAndHold();

    assertThat(client.get(thread(thread)).at("nextOrdinal")).isEqualTo("1");
    assertThat(client.get("/v1/threads").at("data")).contains(thread);
    saveRows();
    assertThat(first).isNotDone();
    force.letGo();

    assertPersisted(first.get(), 1);
    assertThat(client.get(thread(thread)).at("nextOrdinal")).isEqualTo("2");
  }

  @Test
  void concurrentAppendsHaveTheSameOrderEverywhere() throws Exception {
    int writers = 24;
    int each = 20;
    try (var events = EventClient.open(port, thread(thread) + "/events")) {
      var done = new ArrayList<Future<List<Long>>>();
      for (int i = 0; i < writers; i++) {
        int writer = i;
        done.add(callers.submit(() -> write(writer, each)));
      }
      var ordinals = new ArrayList<Long>();
      for (var one : done) {
        ordinals.addAll(one.get());
      }

      int all = writers * each;
      assertThat(ordinals)
          .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, all).boxed().toList());
      assertThat(payloadsInFile()).hasSize(all).doesNotHaveDuplicates();
      events.awaitEvents(all);
      assertThat(events.itemTexts()).isEqualTo(Files.readAllLines(file).subList(1, all + 1));
    }
  }

  /// @return the ordinals of its items, each of which goes up
  private List<Long> write(int writer, int count) {
    var ordinals = new ArrayList<Long>();
    for (int n = 0; n < count; n++) {
      var answer = expect(200, append("\"w%d-%d\"".formatted(writer, n)));
      ordinals.add(Long.parseLong(answer.at("firstOrdinal")));
    }
    assertThat(ordinals).isSorted();
    return ordinals;
  }

  /// Returns when it is written but not forced.
  private Future<Answer> appendAndHold() {
    disk.heal();
    force = new BlockedDiskCall(disk, call -> call.is(Operation.FORCE, file));
    var first = send("/items", body("\"first\""));
    force.awaitReached();
    return first;
  }

  /// Each comes when the one before it waits.
  private List<Future<Answer>> sendWhileHeld(List<String> bodies) {
    var sent = new ArrayList<Future<Answer>>();
    for (var one : bodies) {
      sent.add(send("/items", one.startsWith("{") ? one : body(one)));
      awaitWaiting(sent.size());
    }
    return sent;
  }

  private void awaitWaiting(int count) {
    var appends =
        ReflectionTestUtils.getField(live.find(ThreadId.parse(thread)).orElseThrow(), "appends");
    await()
        .pollInterval(Duration.ofMillis(2))
        .until(() -> ReflectionTestUtils.invokeMethod(appends, "waiting").equals(count));
  }

  private Future<Answer> send(String path, String body) {
    return callers.submit(() -> client.post(thread(thread) + path, body));
  }

  private Answer append(String payload) {
    return client.post(thread(thread) + "/items", body(payload));
  }

  private static void assertPersisted(Answer answer, long ordinal) {
    expect(200, answer);
    assertThat(answer.at("persistence", "status")).isEqualTo("persisted");
    assertThat(answer.at("firstOrdinal")).isEqualTo("" + ordinal);
  }

  private long calls(Operation operation) {
    return disk.calls().stream().filter(call -> call.is(operation, file)).count();
  }

  /// In the order of the file, which has to be that of the ordinals.
  private List<String> payloadsInFile() throws Exception {
    var lines = Files.readAllLines(file);
    for (int ordinal = 0; ordinal < lines.size(); ordinal++) {
      assertThat(lines.get(ordinal)).contains("\"ordinal\":" + ordinal + ",").endsWith("}");
    }
    return lines.stream().skip(1).map(line -> line.replaceAll("^.*\"payload\":|}$", "")).toList();
  }

  private static List<String> payloads() {
    return IntStream.range(0, OTHERS).mapToObj("\"other-%d\""::formatted).toList();
  }

  private static List<String> firstAnd(List<String> others) {
    var all = new ArrayList<>(List.of("\"first\""));
    all.addAll(others);
    return all;
  }

  private static String item(String id, String payload) {
    return "{\"items\":[{\"id\":\"%s\",\"type\":\"t\",\"payload\":%s}]}".formatted(id, payload);
  }

  private static String expecting(long ordinal) {
    return "{\"items\":[{\"type\":\"t\",\"payload\":1}],\"expectedOrdinal\":%d}".formatted(ordinal);
  }

  private void sync(SyncPolicy policy) {
    ReflectionTestUtils.setField(context.getBean("rolloutSync"), "policy", policy);
  }
}
