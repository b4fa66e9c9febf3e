package dev.rollbook.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.FaultyDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Receipts are whole lines on the disk, or none.
class ReceiptFilesTest {
  @TempDir Path directory;

  @Test
  void receiptsOfADayAreInItsFileAndTheNewestIsRead() throws IOException {
    var files = new ReceiptFiles(new FaultyDisk(), new DataDir(directory));
    assertThat(files.newest()).isEmpty();

    files.write(List.of("one", "two"), TestRollouts.NOW);
    files.write(List.of("three"), TestRollouts.NOW);
    assertThat(files.newest()).containsExactly("one", "two", "three");
    files.write(List.of("four"), TestRollouts.NOW.plus(Duration.ofDays(1)));

    assertThat(files.newest()).containsExactly("four");
    assertThat(directory.resolve("retention/receipts-2026-11-22.jsonl"))
        .hasContent("one\ntwo\nthree\n");
    assertThat(directory.resolve("retention/receipts-2026-11-23.jsonl")).hasContent("four\n");
  }

  @Test
  void aTornReceiptIsFollowedByALineFeed() throws IOException {
    var files = new ReceiptFiles(new FaultyDisk(), new DataDir(directory));
    files.write(List.of("one"), TestRollouts.NOW);
    var path = directory.resolve("retention/receipts-2026-11-22.jsonl");
    Files.writeString(path, Files.readString(path) + "to");

    files.write(List.of("two"), TestRollouts.NOW);

    assertThat(files.newest()).containsExactly("one", "to", "two");
  }

  @Test
  void anAcknowledgedReceiptIsStoredWhicheverCallFails() throws IOException {
    var disk = new FaultyDisk();
    for (int n = 1; n <= 12; n++) {
      var files = new ReceiptFiles(disk, new DataDir(directory.resolve("call" + n)));
      files.write(List.of("before"), TestRollouts.NOW);
      disk.heal();
      disk.failCall(n, FaultyDisk.noSpaceLeft());
      var expected = new ArrayList<>(List.of("before"));
      try {
        files.write(List.of("after"), TestRollouts.NOW);
        expected.add("after");
      } catch (IOException told) {
        assertThat(told).hasMessage("No space left on device");
      }
      disk.heal();
      assertThat(files.newest()).as("call %d", n).startsWith("before");
      if (expected.size() == 2) {
        assertThat(files.newest()).isEqualTo(expected);
      }
      assertThat(disk.openFiles()).isZero();
    }
  }
}
