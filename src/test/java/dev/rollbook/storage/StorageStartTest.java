package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFiles;
import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.LocalDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/// What a service does with copies when it starts.
class StorageStartTest {
  @TempDir Path directory;
  private final Disk database = TestDatabase.sharedDisk();

  @ParameterizedTest
  @EnumSource(names = {"STAT", "DELETE", "FORCE_DIRECTORY"})
  void aServiceThatCannotEndACopyDoesNotStart(FaultyDisk.Operation failing) throws IOException {
    var disk = new FaultyDisk();
    var marker = directory.resolve("copied_from");
    new DiskFiles(disk).writeString(marker, "/from\n");
    var removal = StorageConfiguration.copyMarkerRemoval(disk, new DataDir(directory));
    disk.fail(call -> call.operation() == failing, FaultyDisk.inputOutputError());

    assertThatThrownBy(removal::afterSingletonsInstantiated)
        .isInstanceOf(StartupException.class)
        .hasMessageContainingAll("copied_from", "Input/output error");

    disk.heal();
    removal.afterSingletonsInstantiated();
    assertThat(marker).doesNotExist();
  }

  @Test
  void rolloutsThatWereNotCopiedIntoTheDatabaseAreReported() throws IOException {
    assertThat(warnings()).isEmpty();

    new DiskFiles(new LocalDisk()).writeString(directory.resolve("sessions/a.jsonl"), "a\n");
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains(directory + " has rollouts, but the database has none", "--rollbook.copy.from=");

    new DiskFiles(database).writeString(directory.resolve("sessions/a.jsonl"), "a\n");
    assertThat(warnings()).isEmpty();
  }

  private List<String> warnings() {
    var logger = (Logger) LoggerFactory.getLogger(StorageConfiguration.class);
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    logger.addAppender(lines);
    try {
      StorageConfiguration.InDatabase.uncopiedRolloutsWarning(database, new DataDir(directory))
          .afterSingletonsInstantiated();
    } finally {
      logger.detachAppender(lines);
    }
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
