package dev.rollbook.rollout.datadir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisplacedLinesTest {
  private static final String NOW = "2026-12-01T12:00:00.000Z";

  @TempDir Path directory;
  private final FaultyDisk disk = new FaultyDisk();
  private final ThreadId thread = ThreadId.next();
  private DisplacedLines displaced;

  @BeforeEach
  void put() {
    displaced = new DisplacedLines(disk, new DataDir(directory));
  }

  @Test
  void runsAreFoundInTheirOrder() throws IOException {
    var turn = TurnId.next();
    var other = ThreadId.next();
    displaced.add(thread, turn, lines("a", "b"));
    displaced.add(thread, null, lines("c"));
    displaced.add(other, null, lines("d"));

    var runs = displaced.find();

    assertThat(runs).extracting(DisplacedLines.Run::thread).containsExactly(thread, thread, other);
    assertThat(runs).extracting(DisplacedLines.Run::turn).containsExactly(turn, null, null);
    assertThat(displaced.read(runs.getFirst()))
        .extracting(RolloutLine::id)
        .containsExactly("a", "b");
    displaced.remove(runs.getFirst());
    assertThat(displaced.find()).hasSize(2);
    assertThat(displaced.read(runs.getFirst())).as("another replica was faster").isEmpty();
  }

  @Test
  void aRunThatCannotBeWrittenIsNotFound() throws IOException {
    for (var operation :
        List.of(Operation.CREATE, Operation.APPEND, Operation.FORCE, Operation.MOVE)) {
      disk.fail(call -> call.operation() == operation, FaultyDisk.noSpaceLeft());
      assertThatThrownBy(() -> displaced.add(thread, null, lines("a")))
          .isInstanceOf(IOException.class);
      disk.heal();
    }

    assertThat(displaced.find()).isEmpty();
    assertThat(disk.openFiles()).isZero();
  }

  @Test
  void otherFilesAreLeftAlone() throws IOException {
    displaced.add(thread, null, lines("a"));
    var run = displaced.find().getFirst();
    Files.copy(run.file(), run.file().resolveSibling("notes.txt"));
    Files.copy(
        run.file(), run.file().resolveSibling(("-".repeat(36) + "_").repeat(2) + "none.jsonl"));

    assertThat(displaced.find()).containsExactly(run);
  }

  private static EncodedLines lines(String... ids) {
    var items =
        List.of(ids).stream()
            .map(id -> new RolloutItem(id, null, "note", RawJson.of("1"), null))
            .toList();
    return EncodedLines.encode(items, 7, NOW);
  }
}
