package dev.rollbook.codex.ingest;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Call;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.context.Lifecycle;

/// Import jobs wait, are cancelled and resumed; a bad file does not stop the others.
class ImportJobsHttpTest extends AbstractImportHttpTest {
  private final String id = newThread();

  @Test
  void anImportWaitsForDiskSpaceAndContinues() throws IOException {
    write(id, meta(id), user("hello"));
    var location = startOnFullDisk();

    assertThat(client.get(location).at("status")).isEqualTo("running");
    assertThat(client.get(thread(id)).status()).isEqualTo(404);

    disk.heal();
    await().until(() -> client.get(location).at("status").equals("done"));
    assertThat(client.get(location).at("error")).isEqualTo("null");
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("2");
  }

  @Test
  void noFileStaysOpenWhileAnImportWaits() throws IOException {
    write(id, user("hello"));
    var opened = new AtomicInteger();
    var closed = new AtomicInteger();
    disk.fail(call -> count(call, opened, closed), FaultyDisk.noSpaceLeft());
    var location = start();
    await().until(() -> client.get(location).at("error").contains("no space left"));

    client.post(location + "/cancel");
    await().until(() -> client.get(location).at("status").equals("cancelled"));

    assertThat(opened.get()).isPositive().isEqualTo(closed.get());
  }

  @Test
  void anImportCanBeCancelledAndRestarted() throws IOException {
    write(id, meta(id), user("hello"));
    var location = startOnFullDisk();

    client.post(location + "/cancel");
    await().until(() -> client.get(location).at("status").equals("cancelled"));
    disk.heal();

    assertThat(client.get(thread(id)).status()).isEqualTo(404);
    assertThat(importHome().at("threadsCreated")).isEqualTo("1");
  }

  @Test
  void anUnreadableFileDoesNotStopOthers() throws IOException {
    var broken = newThread();
    var file = write(broken, meta(broken));
    write(id, meta(id), user("hello"));
    disk.fail(call -> call.is(Operation.OPEN, file), () -> new IOException("Input/output error"));

    var done = importHome();

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("files", "failed")).isEqualTo("1");
    assertThat(done.at("problems")).contains(broken, "Input/output error");
    assertThat(client.get(thread(id)).status()).isEqualTo(200);
  }

  @Test
  void anUnexpectedExceptionDoesNotStopOtherFiles() throws IOException {
    var broken = newThread();
    var file = write(broken, meta(broken));
    write(id, meta(id), user("hello"));
    disk.fail(
        call -> call.is(Operation.OPEN, file),
        () -> {
          throw new IllegalStateException("unexpected");
        });

    var done = importHome();

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("problems")).contains(broken, "unexpected");
    assertThat(client.get(thread(id)).status()).isEqualTo(200);
  }

  @Test
  void anErrorNeitherEndsTheWorkerNorStopsAnotherImport() throws IOException {
    var broken = newThread();
    var file = write(broken, meta(broken));
    write(id, meta(id), user("hello"));
    disk.fail(
        call -> call.is(Operation.OPEN, file),
        () -> {
          throw new OutOfMemoryError("not really");
        });

    var done = importHome();

    assertThat(done.at("status")).isEqualTo("done");
    assertThat(done.at("problems")).contains(broken, "not really");
    assertThat(client.get(thread(id)).status()).isEqualTo(200);
    assertThat(worker().text()).contains("DEGRADED", "not really");
    assertThat(logged(Level.WARN)).filteredOn(line -> line.contains("not really")).hasSize(1);

    disk.heal();
    assertThat(importHome().at("threadsCreated")).isEqualTo("1");
    assertThat(worker().at("status")).isEqualTo("UP");
  }

  @Test
  void aFailedImportEndsAndTheNextOneRuns() throws IOException {
    write(id, meta(id), user("hello"));
    disk.fail(
        call -> call.is(Operation.STAT, home.resolve("session_index.jsonl")),
        () -> {
          throw new StackOverflowError("not really");
        });

    assertThat(importHome().at("error")).contains("not really");

    disk.heal();
    assertThat(importHome().at("threadsCreated")).isEqualTo("1");
  }

  @Test
  void anImportThatWasRunningAtTwoCrashesIsNotResumed() throws IOException {
    write(id, meta(id), user("hello"));
    var location = startOnFullDisk();
    var runner = (Lifecycle) context.getBean("importRunner");
    var mark = dataDir().resolve("imports").resolve(client.get(location).at("id") + ".running");
    assertThat(mark).hasContent(".");

    runner.stop();
    assertThat(mark).doesNotExist();
    Files.writeString(mark, "..");
    disk.heal();
    runner.start();

    await().until(() -> client.get(location).at("status").equals("failed"));
    assertThat(client.get(location).at("error")).contains("the process crashed twice in a row");
    await().until(() -> !Files.exists(mark));
    assertThat(importHome().at("threadsCreated")).isEqualTo("1");
  }

  @Test
  void aThreadShutDownHereIsReported() throws IOException {
    var file = write(id, meta(id), user("hello"));
    importHome();
    expect(200, client.post(thread(id) + "/shutdown"));
    Files.writeString(file, Files.readString(file) + agent("hi") + "\n");

    assertThat(importHome().at("problems")).contains("recorder of thread " + id + " was removed");

    expect(200, client.post(thread(id) + "/resume"));
    assertThat(importHome().at("items")).isEqualTo("1");
  }

  /// Fails writes of what is unfinished, and counts what is opened and closed of it.
  private static boolean count(Call call, AtomicInteger opened, AtomicInteger closed) {
    if (!call.path().toString().contains("unfinished")) {
      return false;
    }
    opened.addAndGet(call.operation() == Operation.CREATE ? 1 : 0);
    closed.addAndGet(call.operation() == Operation.CLOSE ? 1 : 0);
    return call.operation() == Operation.APPEND;
  }

  private Answer worker() {
    return client.get("/actuator/health/backgroundWorkers");
  }

  /// Returns when the import waits for space.
  private String startOnFullDisk() {
    disk.failWrites(path -> path.toString().contains("unfinished"), FaultyDisk.noSpaceLeft());
    var location = start();
    await().until(() -> client.get(location).at("error").contains("no space left"));
    return location;
  }

  private String start() {
    return expect(202, client.post("/v1/imports", "{\"path\":\"%s\"}".formatted(home)))
        .header("location");
  }
}
