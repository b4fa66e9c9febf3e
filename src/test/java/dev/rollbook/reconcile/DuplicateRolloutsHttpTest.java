package dev.rollbook.reconcile;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.CodexSample;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// If a thread has two rollouts, one stays and the other is moved to `set_aside/`, never lost.
class DuplicateRolloutsHttpTest extends AbstractReconcileHttpTest {
  private static final String LINE =
      "{\"timestamp\":\"2026-11-22T13:00:00.000Z\",\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"more\"}}\n";

  @Test
  void theFileNamedByTheRowStays() throws IOException {
    var file = codexThread();
    var other = write(archived(file), file.lines().getFirst() + "\n" + LINE);
    var bytes = Files.readAllBytes(other);

    var result = reconcile();

    assertThat(count(result, "setAside")).isEqualTo(1);
    assertThat(path(file)).isEqualTo(name(file.in(dataDir())));
    assertThat(file.in(dataDir())).hasContent(file.text());
    assertThat(other).doesNotExist();
    assertThat(setAside(other)).hasBinaryContent(bytes);
    assertThat(warningsOf(file))
        .singleElement()
        .asString()
        .contains(name(file.in(dataDir())), name(other), "set_aside/" + name(other));
    assertThat(count(reconcile(), "setAside")).isZero();
  }

  @Test
  void theFileThatContinuesTheOtherStays() throws IOException {
    var file = codexThread();
    var longer = write(archived(file), file.text() + LINE);
    long items = row(file).counters().itemCount();

    assertThat(count(reconcile(), "setAside")).isEqualTo(1);

    assertThat(path(file)).isEqualTo(name(longer));
    assertThat(row(file).counters().itemCount()).isEqualTo(items + 1);
    assertThat(row(file).attributes().archivedAt()).isNotNull();
    assertReadable(file, file.text() + LINE);
    assertThat(file.in(dataDir())).doesNotExist();
    assertThat(setAside(file.in(dataDir()))).hasContent(file.text());
  }

  @Test
  void anUnreadableRolloutIsReplacedByAReadableOne() throws IOException {
    var file = codexThread();
    Files.writeString(file.in(dataDir()), "torn");
    var good = write(archived(file), file.text());

    assertThat(count(reconcile(), "setAside")).isEqualTo(1);

    assertThat(path(file)).isEqualTo(name(good));
    assertReadable(file, file.text());
    assertThat(setAside(file.in(dataDir()))).hasContent("torn");
  }

  @Test
  void filesAreNeverOverwrittenInSetAside() throws IOException {
    var file = codexThread();
    for (var words : new String[] {"first", "second", "third"}) {
      write(archived(file), file.lines().getFirst() + "\n" + LINE.replace("more", words));
      assertThat(count(reconcile(), "setAside")).isEqualTo(1);
    }

    var aside = setAside(archived(file));
    assertThat(aside).content().contains("first");
    assertThat(aside.resolveSibling(file.name() + ".1")).content().contains("second");
    assertThat(aside.resolveSibling(file.name() + ".2")).content().contains("third");
  }

  @Test
  void twoFilesWithoutARowBecomeOneThread() throws IOException {
    var file = CodexSample.sample("02_tool_call").writeTo(dataDir());
    var copy = write(archived(file), file.text());

    var result = reconcile();

    assertThat(count(result, "added")).isEqualTo(1);
    assertThat(count(result, "setAside")).isEqualTo(1);
    assertThat(path(file)).isEqualTo(name(file.in(dataDir())));
    assertThat(setAside(copy)).hasContent(file.text());
  }

  /// Batches are compared concurrently.
  @Test
  void twoFilesWithoutARowBecomeTheSameThreadWhicheverIsComparedFirst() throws IOException {
    var file = CodexSample.sample("02_tool_call").writeTo(dataDir());
    var copy = write(archived(file), file.text());
    awaitReconciled();
    var run = new ReconcileState(false, Instant.now(), Map.of(), () -> false);
    run.found(context.getBean(Rollouts.class).catalog());
    var both = run.rollouts().of(new ThreadId(UUID.fromString(file.thread())));

    context.getBean(RowComparison.class).compare(both.reversed(), run);

    assertThat(run.countOf(ReconcileOutcome.ADDED)).isEqualTo(1);
    assertThat(run.countOf(ReconcileOutcome.SET_ASIDE)).isEqualTo(1);
    assertThat(path(file)).isEqualTo(name(file.in(dataDir())));
    assertThat(setAside(copy)).hasContent(file.text());
  }

  @Test
  void anInvalidFileIsSetAsideOnlyIfItBlocksARollout() throws IOException {
    var file = codexThread();
    var inTheWay = write(archived(file), "nothing\n");
    var elsewhere =
        write(dataDir().resolve("sessions/2001/02/04").resolve(file.name()), "nothing either\n");

    var result = reconcile();

    assertThat(setAside(inTheWay)).hasContent("nothing\n");
    assertThat(elsewhere).hasContent("nothing either\n");
    assertThat(problems(result, file.thread())).containsExactly("notRollouts " + name(elsewhere));
    expect(200, client.post(thread(file.thread()) + "/archive"));
    Files.delete(elsewhere);
  }

  @Test
  void noFileOfALoadedThreadIsMoved() throws IOException {
    var file = codexThread();
    expect(200, client.post(thread(file.thread()) + "/items", body("1")));
    saveRows();
    var written = Files.readString(file.in(dataDir()));
    var longer = write(archived(file), written + LINE);

    var result = reconcile();

    assertThat(problems(result, file.thread())).containsExactly("open " + name(longer));
    assertThat(longer).hasContent(written + LINE);
    assertThat(warningsOf(file)).isEmpty();
    var receipt = expect(200, client.post(thread(file.thread()) + "/items", body("2")));
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
    Files.delete(longer);
  }

  @Test
  void aFileThatCannotBeMovedStaysAndIsReported() throws IOException {
    var file = codexThread();
    var other = write(archived(file), file.text());
    disk.fail(call -> call.is(Operation.MOVE, other), FaultyDisk.noSpaceLeft());

    var result = reconcile();

    assertThat(problems(result, file.thread())).containsExactly("failed " + name(other));
    assertThat(other).hasContent(file.text());
    assertThat(file.in(dataDir())).hasContent(file.text());
    disk.heal();
    assertThat(count(reconcile(), "setAside")).isEqualTo(1);
  }
}
