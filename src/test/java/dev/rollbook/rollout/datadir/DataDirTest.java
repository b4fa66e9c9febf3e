package dev.rollbook.rollout.datadir;

import static dev.rollbook.rollout.TestRollouts.lines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.TestRollouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataDirTest {
  private static final String ID = "01a2034a-b9dd-7661-b3ea-5308f7ee69cf";
  private static final ThreadId THREAD = ThreadId.parse(ID);
  private static final String NAME = "rollout-2026-11-22T23-59-58-" + ID + ".jsonl";
  private static final String ACTIVE = "sessions/2026/11/22/" + NAME;
  private static final String ARCHIVED = "archived_sessions/" + NAME;

  @TempDir Path directory;

  @Test
  void aRolloutIsInTheDirectoryOfItsUtcDay() {
    var createdAt = Instant.parse("2026-11-22T23:59:58.999Z");

    assertThat(new DataDir(directory).rolloutPath(THREAD, createdAt)).isEqualTo(ACTIVE);
  }

  @Test
  void anArchivedRolloutKeepsItsNameFromWhichItsDirectoryFollows() {
    assertThat(DataDir.archived(ACTIVE)).isEqualTo(ARCHIVED);
    assertThat(DataDir.unarchived(ARCHIVED)).isEqualTo(ACTIVE);
    assertThat(DataDir.isArchived(ARCHIVED)).isTrue();
    assertThat(DataDir.isArchived(ACTIVE)).isFalse();
  }

  @Test
  void aFileNameWithoutADayIsUnarchivedToTheTopDirectory() {
    assertThat(DataDir.unarchived("archived_sessions/odd.jsonl")).isEqualTo("sessions/odd.jsonl");
  }

  @Test
  void theFileNameContainsTheThreadId() {
    assertThat(DataDir.threadOf(directory.resolve(ACTIVE))).contains(THREAD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "notes.jsonl",
        NAME + ".torn-1",
        NAME + ".zst",
        "rollout-2026-11-22T23-59-58-not-a-uuid-but-of-the-same-length-36.jsonl",
        "rollout-2026-11-22T23-59-58-.jsonl"
      })
  void otherFilesAreNotRollouts(String name) {
    assertThat(DataDir.threadOf(directory.resolve(name))).isEmpty();
  }

  @Test
  void pathsAreRelativeToTheDataDirHoweverItIsGiven() {
    var dataDir = new DataDir(directory.resolve("a/../b"));

    assertThat(dataDir.resolve(ACTIVE)).isEqualTo(directory.resolve("b").resolve(ACTIVE));
    assertThat(dataDir.relative(dataDir.resolve(ACTIVE))).isEqualTo(ACTIVE);
  }

  @Test
  void archivingMovesTheFileAndUnarchivingMovesItBack() throws IOException {
    var store = TestRollouts.in(directory);
    var ref = store.existing("a");

    var archived = store.rollouts().archive(ref, TestRollouts.NOW);
    assertThat(ref.path()).doesNotExist();
    assertThat(archived.name()).startsWith("archived_sessions/rollout-");
    assertThat(store.stored(archived)).containsExactly("a");

    assertThat(store.rollouts().unarchive(archived)).isEqualTo(ref);
    assertThat(store.stored(ref)).containsExactly("a");
  }

  @Test
  void archivingAMissingRolloutReportsIt() {
    var store = TestRollouts.in(directory);

    assertThatThrownBy(() -> store.rollouts().archive(store.newRef(), TestRollouts.NOW))
        .isInstanceOf(RolloutGoneException.class);
  }

  @Test
  void archivingReplacesNoOtherFile() throws IOException {
    var store = TestRollouts.in(directory);
    var ref = store.existing("a");
    var taken = store.dataDir.resolve(DataDir.archived(ref.name()));
    Files.createDirectories(taken.getParent());
    Files.writeString(taken, "kept");

    assertThatThrownBy(() -> store.rollouts().archive(ref, TestRollouts.NOW))
        .isInstanceOf(IOException.class);

    assertThat(taken).hasContent("kept");
    assertThat(store.stored(ref)).containsExactly("a");
  }

  @Test
  void aWriterOfAnArchivedRolloutFailsBecauseItIsGone() throws IOException {
    var store = TestRollouts.in(directory);
    var ref = store.existing("a");
    store.rollouts().archive(ref, TestRollouts.NOW);

    assertThatThrownBy(() -> store.rollouts().writer(ref, 0).append(lines(2, "b")))
        .isInstanceOf(RolloutGoneException.class);
  }

  @Test
  void exactlyTheActiveAndArchivedRolloutsAreListed() throws IOException {
    var store = TestRollouts.in(directory);
    var active = store.existing("a");
    var archived = store.rollouts().archive(store.existing("b"), TestRollouts.NOW);
    Files.writeString(active.path().resolveSibling("notes.jsonl"), "x");
    Files.writeString(active.path().resolveSibling(active.path().getFileName() + ".torn-1"), "x");

    try (var all = store.rollouts().all()) {
      assertThat(all).containsExactlyInAnyOrder(active, archived);
    }
  }
}
