package dev.rollbook.rollout;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.zip.CRC32C;

/// Content of a rollout at one moment: the bytes up to the length that the file had. The content
/// does not change when the file grows.
public final class RolloutContent {
  /// Covers the last line or its end, whose time and ordinal are unique.
  private static final int TAIL_BYTES = 4096;

  private final Disk disk;
  private final RolloutRef ref;
  private final FileState state;
  private final long length;
  private final MemoryBudget memory;

  RolloutContent(Disk disk, RolloutRef ref, FileState state, long length, MemoryBudget memory) {
    this.memory = memory;
    this.disk = disk;
    this.ref = ref;
    this.state = state;
    this.length = length;
  }

  public long length() {
    return length;
  }

  public Instant modified() {
    return state.modified();
  }

  /// ETag that changes whenever the bytes do: rollouts only grow, or are replaced by another file.
  ///
  /// File systems reuse the key of a deleted file, and after a crash of the machine a file may grow
  /// to the same length again. So the tag covers the end of the file, too.
  public String tag() throws IOException {
    return "%x-%x-%x".formatted(state.key().hashCode(), length, tailChecksum());
  }

  private long tailChecksum() throws IOException {
    try (var in = open()) {
      in.skipNBytes(Math.max(0, length - TAIL_BYTES));
      var checksum = new CRC32C();
      checksum.update(in.readAllBytes());
      return checksum.getValue();
    }
  }

  /// A memory reservation for reading the content line by line.
  public MemoryReservation reserveMemory() {
    return memory.reserve();
  }

  public String fileName() {
    return String.valueOf(ref.path().getFileName());
  }

  /// @throws RolloutReplacedException if the file was replaced since
  public InputStream open() throws IOException {
    var file = disk.openForRead(ref.path());
    return IoRecovery.closeOnFailure(
        file,
        () -> {
          var now = disk.stat(ref.path());
          if (now == null || !now.key().equals(state.key())) {
            throw new RolloutReplacedException(ref.thread());
          }
          return new FileInput(file, 0, length);
        });
  }
}
