package dev.rollbook.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.rollout.disk.LocalDisk;
import dev.rollbook.worker.WorkerFailures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/// Lines in reserved space are there after a crash, and count until they are replaced.
class PreallocatedLogTest {
  @TempDir Path directory;
  private final FaultyDisk disk = new FaultyDisk();

  @Test
  void linesSurviveAReopen() throws IOException {
    var lines = lines();
    assertThat(lines.open()).isEmpty();
    assertThat(lines.append("a")).isTrue();
    assertThat(lines.append("b")).isTrue();

    assertThat(lines().open()).containsExactly("a", "b");
    lines.replace(List.of("b"));
    lines.append("c");
    var again = lines();
    assertThat(again.open()).containsExactly("b", "c");
    again.append("d");
    again.replace(List.of());
    assertThat(lines().open()).isEmpty();
    assertThat(disk.openFiles()).isZero();
  }

  @Test
  void filesNeverGrowAndFullOnesAreReplaced() throws IOException {
    var lines = lines();
    lines.open();
    var sizes = sizes();
    var text = "x".repeat(1000);
    int count = 0;
    while (lines.append(text)) {
      count++;
    }

    assertThat(count).isBetween(100, 200);
    assertThat(sizes()).isEqualTo(sizes);
    assertThat(lines().open()).hasSize(count);
    lines.replace(List.of("only"));
    assertThat(lines.append(text)).isTrue();
    assertThat(sizes()).isEqualTo(sizes);
    assertThat(lines().open()).containsExactly("only", text);
  }

  /// A full disk lets files be written in place, but not be made or made longer.
  @Test
  void linesAreWrittenOnAFullDiskWithinTheReservedSpace() throws IOException {
    var lines = lines();
    lines.open();
    lines.append("before");
    disk.fail(call -> call.operation() == Operation.CREATE, FaultyDisk.noSpaceLeft());

    assertThat(lines.append("full")).isTrue();
    lines.replace(List.of("before", "full", "more"));
    assertThat(lines().open()).containsExactly("before", "full", "more");
    disk.failWrites(path -> true, FaultyDisk.noSpaceLeft());
    assertThatThrownBy(() -> lines.replace(many())).isInstanceOf(IOException.class);
    disk.heal();
    assertThat(lines().open()).containsExactly("before", "full", "more");
    lines.replace(many());
    assertThat(lines().open()).isEqualTo(many());
  }

  /// Whatever call of a replacement does not come to pass, the old lines or the new ones are there.
  @Test
  void aCrashDuringAReplacementLeavesTheOldOrTheNewLines() throws IOException {
    var lines = lines();
    lines.open();
    lines.append("old");
    var found = new ArrayList<List<String>>();
    for (int n = 1; !found.contains(List.of("new")); n++) {
      disk.heal();
      disk.failFromCall(n, FaultyDisk.inputOutputError());
      var cut = catchThrowable(() -> lines.replace(List.of("new")));
      disk.heal();
      found.add(lines().open());
      assertThat(found.getLast()).as("%s", cut).isIn(List.of("old"), List.of("new"));
    }
    assertThat(found).hasSizeGreaterThan(3);
  }

  @Test
  void aTornLineIsIgnored() throws IOException {
    var lines = lines();
    lines.open();
    lines.append("whole");
    try (var file = new LocalDisk().openInPlace(directory.resolve("skipped/a.jsonl"))) {
      file.write(ByteBuffer.wrap("{\"to".getBytes(StandardCharsets.UTF_8)), 17 + 6);
    }

    var again = lines();
    assertThat(again.open()).containsExactly("whole", "{\"to");
    again.append("next");
    assertThat(lines().open()).containsExactly("whole", "{\"to", "next");
  }

  @Test
  void moreThanTheMaximumReservationIsRejected() throws IOException {
    var lines = lines();
    lines.open();
    lines.append("kept");

    var tooMuch = List.of("x".repeat(PreallocatedLog.MAX_BYTES));
    assertThatThrownBy(() -> lines.replace(tooMuch)).isInstanceOf(IOException.class);
    assertThat(lines().open()).containsExactly("kept");
  }

  private static List<String> many() {
    return IntStream.range(0, 3000).mapToObj(n -> "line " + n + "x".repeat(100)).toList();
  }

  private List<Long> sizes() throws IOException {
    return List.of(
        Files.size(directory.resolve("skipped/a.jsonl")),
        Files.size(directory.resolve("skipped/b.jsonl")));
  }

  private PreallocatedLog lines() {
    var dataDir = new DataDir(directory);
    var properties =
        new RolloutProperties(
            SyncPolicy.EVERY_APPEND, Duration.ofSeconds(1), DataSize.ofMegabytes(1));
    var sync = new RolloutSync(disk, dataDir, properties, new WorkerFailures(Clock.systemUTC()));
    return new PreallocatedLog(disk, dataDir, sync);
  }
}
