package dev.rollbook.rollout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.model.ThreadId;
import java.util.LinkedHashMap;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.zip.CRC32C;

/// LRU cache of what scans of rollouts found, so that bytes that are read again are not scanned
/// again.
///
/// A run is a number of consecutive lines that need no decoding: each is valid, and states an
/// ordinal greater than that of the line before it. What a scan finds depends only on the bytes. So
/// the cache is never invalidated: a run is recognized by its checksum, whatever happened to the
/// file since. The checksum takes less than a tenth of the time of the scan. It does not protect
/// from forgery, and need not: a program that can write the file can also write lines that pass the
/// scan.
///
/// Thread-safe.
final class ScannedRuns {
  /// Shorter runs are scanned again.
  static final int MIN_BYTES = 4096;

  /// About 150 bytes of heap each, 300 KB together. A run mostly has 64 KB, so this is 128 MB of
  /// rollouts.
  static final int MAX_RUNS = 2048;

  @GuardedBy("itself")
  private final LinkedHashMap<Place, Run> runs = new LruMap();

  /// @param position in the plain file
  private record Place(ThreadId thread, long position) {}

  /// Consecutive lines in a buffer.
  ///
  /// @param first ordinal of the first line
  /// @param last ordinal of the last line
  record Run(int length, long first, long last, long checksum) {
    private boolean isAt(byte[] bytes, int from, int to) {
      return length <= to - from && checksum == checksumOf(bytes, from, from + length);
    }
  }

  private static long checksumOf(byte[] bytes, int from, int to) {
    var checksum = new CRC32C();
    checksum.update(bytes, from, to - from);
    return checksum.getValue();
  }

  /// The runs of one rollout.
  OfRollout of(ThreadId thread) {
    return new OfRollout(this, thread);
  }

  private Optional<Run> find(Place place) {
    synchronized (runs) {
      return Optional.ofNullable(runs.get(place));
    }
  }

  private void add(Place place, Run run) {
    synchronized (runs) {
      runs.put(place, run);
    }
  }

  /// The runs of one rollout.
  record OfRollout(ScannedRuns all, ThreadId thread) {
    /// The run with which these bytes begin, if it was scanned before.
    ///
    /// @param position of the bytes in the rollout
    Optional<Run> find(long position, byte[] bytes, int from, int to) {
      return to - from < MIN_BYTES
          ? Optional.empty()
          : all.find(new Place(thread, position)).filter(run -> run.isAt(bytes, from, to));
    }

    /// Adds a run, unless it is short.
    void add(long position, byte[] bytes, int from, int to, long first, long last) {
      if (to - from >= MIN_BYTES) {
        var run = new Run(to - from, first, last, checksumOf(bytes, from, to));
        all.add(new Place(thread, position), run);
      }
    }
  }

  private static final class LruMap extends LinkedHashMap<Place, Run> {
    private static final long serialVersionUID = 1;

    LruMap() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Entry<Place, Run> eldest) {
      return size() > MAX_RUNS;
    }
  }
}
