package dev.rollbook.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Counts of the threads that this process has claimed, and of those that others have claimed from
/// it.
///
/// A loss means that this process was silent for so long that another one took it for gone. Recent
/// losses are counted in slices of a sliding window, so that the memory does not depend on their
/// number.
final class ClaimStatistics {
  static final Duration WINDOW = Duration.ofMinutes(5);
  private static final Duration SLICE = WINDOW.dividedBy(60);

  private final InstantSource clock;

  @GuardedBy("this")
  private final Map<Kind, Long> claims = new EnumMap<>(Kind.class);

  @GuardedBy("this")
  private final Deque<Losses> recent = new ArrayDeque<>();

  @GuardedBy("this")
  private long losses;

  @GuardedBy("this")
  private @Nullable Takeover lastTakeover;

  ClaimStatistics(InstantSource clock) {
    this.clock = clock;
  }

  /// Whose the thread was before. Values of a meter's tag.
  enum Kind {
    /// Nobody's: it was just started.
    NEW,
    /// Nobody's: its owner had given it up.
    FREE,
    /// That of a replica that had not given it up, and was gone.
    TAKEN_OVER
  }

  /// A claim of a thread whose owner was gone.
  ///
  /// @param from name of the owner; empty if its row was removed
  record Takeover(Instant at, Optional<String> from) {}

  private record Losses(Instant since, long count) {}

  synchronized void claimed(Kind kind) {
    claims.merge(kind, 1L, Long::sum);
  }

  synchronized void takenOver(Optional<String> from) {
    claimed(Kind.TAKEN_OVER);
    lastTakeover = new Takeover(clock.instant(), from);
  }

  synchronized void lost() {
    losses++;
    var now = clock.instant();
    var last = recent.peekLast();
    if (last != null && now.isBefore(last.since().plus(SLICE))) {
      recent.removeLast();
      recent.addLast(new Losses(last.since(), last.count() + 1));
    } else {
      recent.addLast(new Losses(now, 1));
    }
    expire(now);
  }

  /// Claims since the start.
  synchronized long claims(Kind kind) {
    return claims.getOrDefault(kind, 0L);
  }

  /// Losses since the start.
  synchronized long losses() {
    return losses;
  }

  /// Losses within [#WINDOW].
  synchronized long recentLosses() {
    expire(clock.instant());
    return recent.stream().mapToLong(Losses::count).sum();
  }

  synchronized Optional<Takeover> lastTakeover() {
    return Optional.ofNullable(lastTakeover);
  }

  @GuardedBy("this")
  private void expire(Instant now) {
    while (!recent.isEmpty() && recent.getFirst().since().plus(WINDOW).isBefore(now)) {
      recent.removeFirst();
    }
  }
}
