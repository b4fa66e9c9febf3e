package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.OwnershipLostException;
import dev.rollbook.statedb.files.OwnerRepository.OwnerRow;
import dev.rollbook.storage.TestDatabase;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A process that must be the only one claims a thread with the first write.
class SoleClaimsTest {
  private static final Runnable ANY = () -> {};

  private final TestDatabase database = TestDatabase.open();
  private final TestDatabase.Process only = database.process("only");
  private final ThreadId thread = ThreadId.next();
  private final Path rollout =
      Path.of("/data/sessions/rollout-2026-11-30T12-00-00-%s.jsonl".formatted(thread));

  @AfterEach
  void stop() {
    only.close();
    database.close();
  }

  @Test
  void theFirstFileOfAThreadClaimsIt() throws Exception {
    only.threads.acquire(thread, ANY);
    assertThat(database.owners().find(thread.value())).isEmpty();

    try (var file = only.disk().create(rollout)) {
      assertThat(owner().owner()).isEqualTo(only.member.self().id());
      assertThat(only.threads.epoch(thread.value())).hasValue(owner().epoch());
      file.appendText("1");
    }
    assertThat(only.disk().stat(rollout).size()).isEqualTo(1);
  }

  @Test
  void anOwnerOfBeforeIsReplacedByTheFirstFileToo() throws Exception {
    var before = only.threads.acquire(thread, ANY);
    only.disk().create(rollout).close();
    before.release();
    only.threads.giveUpIdle();
    only.threads.acquire(thread, ANY);

    only.disk().create(Path.of("/data/archived_sessions").resolve(rollout.getFileName())).close();

    assertThat(owner().epoch()).isEqualTo(2);
    assertThatThrownBy(() -> only.disk().create(rollout))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void aThreadIsLoadedWithoutAClaim() throws Exception {
    only.threads.acquire(thread, ANY).release();
    only.threads.giveUpIdle();
    assertThat(database.owners().find(thread.value())).isEmpty();

    var hold = only.threads.acquire(thread, ANY);
    only.disk().create(rollout).close();
    hold.release();
    only.threads.giveUpIdle();
    assertThat(owner()).isEqualTo(new OwnerRow(null, 1, null));

    only.threads.acquire(thread, ANY);
    assertThat(owner().owner()).isNull();
    only.disk().openForAppend(rollout).close();
    assertThat(owner().owner()).isEqualTo(only.member.self().id());
    assertThat(owner().epoch()).isEqualTo(2);
  }

  @Test
  void theFirstWriteOfTheNextProcessEndsThoseOfTheOneBefore() throws Exception {
    only.threads.acquire(thread, ANY);
    var mine = only.disk().create(rollout);
    only.member.endBeats();
    try (var next = database.process("next")) {
      next.threads.acquire(thread, ANY);
      mine.appendText("1");
      try (var theirs = next.disk().openForAppend(rollout)) {
        assertThatThrownBy(() -> mine.appendText("stale"))
            .isInstanceOf(OwnershipLostException.class);
        assertThat(theirs.size()).as("also what was written until then").isEqualTo(1);
      }
    }
  }

  @Test
  void aProcessThatWasRemovedClaimsNothing() throws Exception {
    only.threads.acquire(thread, ANY);
    database.execute("DELETE FROM replica");

    assertThatThrownBy(() -> only.disk().create(rollout)).hasMessageContaining("another Rollbook");
    assertThatThrownBy(() -> only.threads.owner(thread)).hasMessageContaining("another Rollbook");
    assertThat(database.owners().find(thread.value())).isEmpty();
  }

  private OwnerRow owner() throws IOException {
    return database.owners().find(thread.value()).orElseThrow();
  }
}
