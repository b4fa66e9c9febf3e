package dev.rollbook.codex.watch;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Each line of a watched home is imported exactly once, whatever fails meanwhile.
class WatchFaultsHttpTest extends AbstractImportHttpTest {
  private final String id = newThread();

  @BeforeEach
  void watchedHome() {
    home = watchedDir();
  }

  @Test
  void aLineUploadedMeanwhileIsNotImportedTwice() throws IOException {
    var file = followed();
    var longer = Files.readString(file) + agent("hi") + "\n";
    finished(
        expect(
            202,
            client.send(
                "POST",
                "/v1/imports",
                longer.getBytes(UTF_8),
                "content-type",
                "application/x-ndjson")));

    Files.writeString(file, agent("hi") + "\n" + agent("behind") + "\n", APPEND);

    await().until(() -> rolloutLines(id).contains(agent("behind")));
    assertThat(rolloutLines(id)).isEqualTo(Files.readAllLines(file));
  }

  @Test
  void aPartlyImportedChunkIsNotImportedTwice() throws IOException {
    var file = followed();
    var copy = rollout(id);
    var failures = new AtomicInteger();
    disk.fail(
        call ->
            call.is(Operation.APPEND, copy)
                && copy.toFile().length() > 50_000
                && failures.incrementAndGet() <= 2,
        FaultyDisk.noSpaceLeft());
    var lines = IntStream.range(0, 700).mapToObj(i -> agent("line " + i)).toList();

    Files.writeString(file, String.join("\n", lines) + "\n", APPEND);

    await().until(() -> rolloutLines(id).contains(agent("line 699")));
    assertThat(failures.get()).isPositive();
    assertThat(rolloutLines(id)).isEqualTo(Files.readAllLines(file));
  }

  @Test
  void aLastLineWithoutALineFeedIsImportedAfterAWhile() throws IOException {
    var file = followed();
    Files.writeString(file, agent("last"), APPEND);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(28)));

    await().until(() -> rolloutLines(id).contains(agent("last")));
  }

  @Test
  void aThreadDeletedHereStaysDeletedWhenCodexMovesItsFile() throws IOException {
    var file = followed();
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    untilLookedAt();
    expect(204, client.delete(thread(id)));
    untilLookedAt();

    var archive = Files.createDirectories(home.resolve("archived_sessions"));
    Files.move(file, archive.resolve(file.getFileName()));
    untilLookedAt();

    assertThat(client.get(thread(id)).status()).isEqualTo(404);
  }

  @Test
  void aDeletedThreadImportedAgainIsWatchedAgain() throws IOException {
    var file = followed();
    expect(204, client.delete(thread(id)));
    Files.writeString(file, agent("one") + "\n", APPEND);
    untilLookedAt();
    assertThat(client.get(thread(id)).status()).isEqualTo(404);

    assertThat(importPath(file).at("threadsCreated")).isEqualTo("1");
    Files.writeString(file, agent("two") + "\n", APPEND);

    await().until(() -> rolloutLines(id).contains(agent("two")));
    assertThat(rolloutLines(id)).isEqualTo(Files.readAllLines(file));
  }

  @Test
  void archivingInCodexDuringATurnHereFollowsTheTurn() throws IOException {
    var file = followed();
    var turn = newThread();
    expect(201, client.post(thread(id) + "/turns", "{\"id\":\"%s\"}".formatted(turn)));
    var archive = Files.createDirectories(home.resolve("archived_sessions"));
    Files.move(file, archive.resolve(file.getFileName()));
    await().until(() -> client.get("/actuator/health").text().contains(id));

    expect(200, client.post(thread(id) + "/turns/" + turn + "/complete"));

    await().until(() -> !client.get(thread(id)).at("archivedAt").equals("null"));
    await().until(() -> !client.get("/actuator/health").text().contains(id));
  }

  @Test
  void theWatchSurvivesAnyException() throws IOException {
    var other = newThread();
    disk.fail(
        call -> call.operation() == Operation.OPEN && call.path().toString().contains(id),
        () -> {
          throw new OutOfMemoryError("unexpected");
        });
    write(id, meta(id), user("hello"));
    await().until(() -> client.get("/actuator/health").text().contains("unexpected"));
    write(other, meta(other), user("hello"));
    await().until(() -> client.get(thread(other)).status() == 200);

    disk.heal();

    await().until(() -> client.get(thread(id)).status() == 200);
  }

  @Test
  void theWatchSurvivesAFailedScan() throws IOException {
    disk.fail(
        call -> call.operation() == Operation.STAT && call.path().startsWith(home),
        () -> {
          throw new StackOverflowError("unexpected");
        });
    await().until(() -> client.get("/actuator/health").text().contains("unexpected"));

    disk.heal();

    followed();
  }

  @Test
  void aFileChangedInPlaceIsImportedAgain() throws IOException {
    var file = followed();
    var changed = Files.readString(file).replace("hello", "olleh");
    Files.writeString(file, changed);

    await().until(() -> rolloutLines(id).size() == 3);
    assertThat(rolloutLines(id)).startsWith(meta(id), user("hello"));
    assertThat(rolloutLines(id).getLast()).contains("olleh");
    await()
        .until(() ->
            logged(Level.WARN).stream()
                .anyMatch(line -> line.contains("rewritten and not only appended to")));
  }

  @Test
  void aTruncatedAndRewrittenFileIsImportedAgain() throws IOException {
    var file = followed();
    Files.writeString(file, meta(id) + "\n" + user("anew") + "\n" + agent("longer") + "\n");

    await().until(() -> rolloutLines(id).size() == 4);
    assertThat(rolloutLines(id)).startsWith(meta(id), user("hello"));
    assertThat(rolloutLines(id).get(2)).contains("anew");
    assertThat(rolloutLines(id).getLast()).contains("longer");
  }

  @Test
  void aTornLineCompletedLaterIsImportedOnce() throws IOException {
    var file = followed();
    var line = agent("in two parts");
    Files.writeString(file, line.substring(0, 40), APPEND);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    await().until(() -> Files.exists(quarantine(id)));

    Files.writeString(file, line.substring(40) + "\n", APPEND);

    await().until(() -> rolloutLines(id).contains(line));
    assertThat(rolloutLines(id)).containsExactly(meta(id), user("hello"), line);
  }

  private Path followed() throws IOException {
    var file = write(id, meta(id), user("hello"));
    await().until(() -> client.get(thread(id)).status() == 200);
    return file;
  }

  /// A thread that is written after something else is here when that was looked at, too.
  private void untilLookedAt() throws IOException {
    for (var other : Arrays.asList(newThread(), newThread())) {
      var file = write(other, meta(other));
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
      await().until(() -> client.get(thread(other)).status() == 200);
    }
  }
}
