package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is particular to files in a database.
class DatabaseDiskTest {
  private static final Path PATH = Path.of("/data/rollout");

  private final TestDatabase database = TestDatabase.open();
  private TestDatabase.Process process;

  @BeforeEach
  void start() {
    process = database.process("this one");
  }

  @AfterEach
  void stop() {
    process.close();
    database.close();
  }

  @Test
  void aFullDiskOfTheDatabaseIsAFullDisk() throws IOException {
    try (var file = process.disk().create(PATH)) {
      file.appendText("1");
      database.execute(
          """
          CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN RAISE EXCEPTION ''voll'' USING ERRCODE = ''53100''; END';
          CREATE TRIGGER full_disk BEFORE INSERT ON rollout_chunk EXECUTE FUNCTION full_disk();
          """);

      assertThatThrownBy(() -> file.appendText("2")).matches(StorageFaults::isFull);
      assertThat(file.size()).isEqualTo(1);

      database.execute("DROP TRIGGER full_disk ON rollout_chunk");
      file.appendText("3");
    }
    try (var file = process.disk().openForRead(PATH)) {
      assertThat(new String(file.readFully(0, 2), StandardCharsets.UTF_8)).isEqualTo("13");
    }
  }

  @Test
  void theBytesOfADeletedFileAreRemovedOnceNobodyReadsThem() throws IOException {
    try (var file = process.disk().create(PATH)) {
      file.appendText("text");
    }
    var key = database.files().find("data/rollout").orElseThrow().key();
    try (var reader = process.disk().openForRead(PATH)) {
      process.disk().delete(PATH);
      process.purge();
      assertThat(reader.readFully(0, 4)).isNotEmpty();
    }

    process.purge();

    assertThat(database.files().find(key)).isEmpty();
    assertThat(database.chunks().read(key, 0, 4)).isEmpty();
  }
}
