package dev.rollbook.persistence;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.RolloutStorage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// The skips of the last minutes, in slices, so that its size does not depend on their number.
@Component
class SkipWindow implements RolloutStorage {
  private static final int SLICES = 60;
  private static final int MOST_THREADS = 10_000;

  private final Duration length;
  private final Clock clock;

  @GuardedBy("this")
  private final Deque<Slice> slices = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable Instant degradedSince;

  @GuardedBy("this")
  private @Nullable LastSkip lastSkip;

  private volatile boolean storageBroken;

  SkipWindow(PersistenceProperties properties, Clock clock) {
    this.length = properties.health().window();
    this.clock = clock;
  }

  Duration length() {
    return length;
  }

  synchronized void add(Skip skip, Instant now) {
    forget(now);
    if (degradedSince == null) {
      degradedSince = now;
    }
    lastSkip = new LastSkip(now, skip.reason(), skip.message());
    storageBroken = storageBroken || skip.reason().isStorageFault();
    var last = slices.peekLast();
    if (last == null || !now.isBefore(last.start.plus(length.dividedBy(SLICES)))) {
      last = new Slice(now);
      slices.addLast(last);
    }
    last.add(skip);
  }

  @Override
  public boolean isBroken() {
    return storageBroken;
  }

  void wrote() {
    if (storageBroken) {
      storageBroken = false;
    }
  }

  /// What is wrong now, if anything.
  synchronized Optional<Trouble> trouble() {
    forget(clock.instant());
    if (degradedSince == null || lastSkip == null) {
      return Optional.empty();
    }
    var byReason = new EnumMap<SkipReason, Long>(SkipReason.class);
    var threads = new HashSet<ThreadId>();
    for (var slice : slices) {
      slice.byReason.forEach((reason, count) -> byReason.merge(reason, count, Long::sum));
      threads.addAll(slice.threads);
    }
    return Optional.of(new Trouble(degradedSince, lastSkip, byReason, threads.size()));
  }

  @GuardedBy("this")
  private void forget(Instant now) {
    var start = now.minus(length);
    while (!slices.isEmpty() && slices.getFirst().last.isBefore(start)) {
      slices.removeFirst();
    }
    if (slices.isEmpty() && !storageBroken) {
      degradedSince = null;
    }
  }

  /// @param affectedThreads counted up to ten thousand in each sixtieth of the window
  record Trouble(
      Instant since, LastSkip lastSkip, Map<SkipReason, Long> byReason, int affectedThreads) {}

  record LastSkip(Instant at, SkipReason reason, String message) {}

  /// A sixtieth of the window.
  private final class Slice {
    final Instant start;
    final Map<SkipReason, Long> byReason = new EnumMap<>(SkipReason.class);
    final Set<ThreadId> threads = new HashSet<>();
    Instant last;

    Slice(Instant start) {
      this.start = start;
      this.last = start;
    }

    void add(Skip skip) {
      last = clock.instant();
      byReason.merge(skip.reason(), 1L, Long::sum);
      if (threads.size() < MOST_THREADS) {
        threads.add(skip.thread());
      }
    }
  }
}
