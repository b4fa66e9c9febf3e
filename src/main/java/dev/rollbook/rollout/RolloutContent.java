package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.line.MemoryBudget;
import dev.rollbook.rollout.line.MemoryReservation;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.zip.CRC32C;

/// A rollout as bytes, as long as it was when it was asked for, though it grows meanwhile.
public final class RolloutContent {
  /// Holds the last line, or the end of it, whose time and ordinal are like no other's.
  private static final int END = 4096;

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

  /// Changes whenever the bytes do: rollouts only grow, or become another file.
  ///
  /// A file system gives the key of a file that is gone to the next one, which may be as long; and
  /// after a crash of the machine a file may grow to the same length once more. So the end counts
  /// too.
  public String tag() throws IOException {
    return "%x-%x-%x".formatted(state.key().hashCode(), length, checksumOfEnd());
  }

  private long checksumOfEnd() throws IOException {
    try (var in = open()) {
      in.skipNBytes(Math.max(0, length - END));
      var checksum = new CRC32C();
      checksum.update(in.readAllBytes());
      return checksum.getValue();
    }
  }

  /// For who reads it line by line.
  public MemoryReservation room() {
    return memory.reserve();
  }

  public String fileName() {
    return String.valueOf(ref.path().getFileName());
  }

  /// @throws RolloutReplacedException if another file has taken the place of the one that was asked
  ///   for
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
