package dev.rollbook.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.statedb.files.ReplicaRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// How long other replicas have shown no sign of life.
///
/// Only time between two successful reads counts. If more than two beats are between them, the
/// database may have been away, or this process was paused: then the silence of all others begins
/// anew, because they may return a little later. No clocks of two machines are compared.
final class SilenceWatch {
  private final long maxStepNanos;

  @GuardedBy("this")
  private final Map<UUID, Seen> seen = new HashMap<>();

  @GuardedBy("this")
  private long lastReadEnded;

  private record Seen(ReplicaRow row, long silentNanos) {
    long silence(ReplicaRow now, long step) {
      return row.beat() == now.beat() ? silentNanos + step : 0;
    }
  }

  SilenceWatch(Duration beat) {
    this.maxStepNanos = beat.multipliedBy(2).toNanos();
  }

  /// Takes the rows of a read.
  ///
  /// @param begun [System#nanoTime] before the read
  /// @param ended [System#nanoTime] after the read
  synchronized void read(List<ReplicaRow> rows, long begun, long ended) {
    long step = Math.max(begun - lastReadEnded, 0);
    lastReadEnded = ended;
    var before = step > maxStepNanos ? Map.<UUID, Seen>of() : Map.copyOf(seen);
    seen.clear();
    for (var row : rows) {
      var last = before.get(row.id());
      seen.put(row.id(), new Seen(row, last == null ? 0 : last.silence(row, step)));
    }
  }

  /// The replicas of the last read.
  synchronized List<ReplicaRow> rows() {
    return seen.values().stream().map(Seen::row).toList();
  }

  /// Empty if the last read did not have the replica.
  synchronized Optional<Duration> silence(UUID id) {
    return Optional.ofNullable(seen.get(id)).map(Seen::silentNanos).map(Duration::ofNanos);
  }
}
