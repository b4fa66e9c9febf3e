package dev.rollbook.rollout;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/// A rollout as bytes, as long as it was when it was asked for, though it grows meanwhile.
public final class RolloutContent {
  private final Disk disk;
  private final RolloutRef ref;
  private final FileState state;
  private final long length;

  RolloutContent(Disk disk, RolloutRef ref, FileState state, long length) {
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
  public String tag() {
    return "%x-%x".formatted(state.key().hashCode(), length);
  }

  public String fileName() {
    return String.valueOf(ref.path().getFileName());
  }

  /// @throws RolloutReplacedException if another file has taken the place of the one that was asked
  ///   for
  public InputStream open() throws IOException {
    var file = disk.openForRead(ref.path());
    try {
      var now = disk.stat(ref.path());
      if (now == null || !now.key().equals(state.key())) {
        throw new RolloutReplacedException(ref.thread());
      }
      return new FileInput(file, 0, length);
    } catch (IOException failed) {
      file.close();
      throw failed;
    }
  }
}
