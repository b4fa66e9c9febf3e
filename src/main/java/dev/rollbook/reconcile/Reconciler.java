package dev.rollbook.reconcile;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.DataDir;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.SessionIndex;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/// Compares all rollouts with their rows in the background: when the service has started, and when
/// the state-db was away, as it may have lost rows then.
@Component
public class Reconciler {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  private static final Duration LATELY = Duration.ofSeconds(60);

  private final Rollouts rollouts;
  private final Clock clock;
  private final ThreadRows threads;
  private final Rebuild rebuild;
  private final SessionIndex index;
  private final ApplicationEventPublisher events;
  private volatile Map<ThreadId, String> names = Map.of();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicBoolean running = new AtomicBoolean();

  Reconciler(
      Rollouts rollouts,
      ThreadRows threads,
      Rebuild rebuild,
      SessionIndex index,
      ApplicationEventPublisher events,
      Clock clock) {
    this.clock = clock;
    this.events = events;
    this.rollouts = rollouts;
    this.threads = threads;
    this.rebuild = rebuild;
    this.index = index;
  }

  /// Begins, unless it is going on already.
  @EventListener(ApplicationReadyEvent.class)
  public void start() {
    if (running.compareAndSet(false, true)) {
      Thread.ofVirtual().name("reconcile").start(this::compareAll);
    }
  }

  @EventListener(ContextClosedEvent.class)
  void stop() {
    stopping.set(true);
  }

  /// Makes the row of one thread ahead of its turn.
  ///
  /// @return false if nothing is being compared, or there is no such rollout
  boolean makeRowOf(ThreadId thread) {
    if (!running.get()) {
      return false;
    }
    try (var all = rollouts.all()) {
      var found = all.filter(ref -> ref.thread().equals(thread)).findFirst();
      return found.isPresent() && reconcile(found.get()) != Result.NOT_A_ROLLOUT;
    } catch (IOException | UncheckedIOException unreadable) {
      log.debug("rollouts cannot be listed", unreadable);
      return false;
    }
  }

  private void compareAll() {
    run();
    if (!stopping.get()) {
      events.publishEvent(new RowsReconciled());
    }
  }

  private void run() {
    var counts = new Counts();
    names = readNames();
    try (var all = rollouts.all()) {
      all.takeWhile(ref -> !stopping.get()).forEach(ref -> counts.add(reconcile(ref)));
    } catch (IOException | UncheckedIOException unreadable) {
      log.warn(
          "rollouts cannot be listed: {}; rows were not compared with them",
          unreadable.getMessage());
      return;
    } finally {
      running.set(false);
    }
    if (!counts.isAllSame()) {
      log.info("state-db brought up from rollouts: {}", counts);
    }
  }

  private Result reconcile(RolloutRef ref) {
    try {
      var row = threads.findById(ref.thread().value());
      if (row.isEmpty()) {
        return rebuild.insert(ref) ? named(ref.thread()) : Result.NOT_A_ROLLOUT;
      }
      boolean here = row.get().rolloutPath().equals(ref.name());
      if (!here && rollouts.size(rollouts.ref(ref.thread(), row.get().rolloutPath())) == 0) {
        return moved(ref, row.get());
      }
      if (here && (wasWrittenLately(row.get()) || differs(row.get(), ref))) {
        rebuild.bringUp(row.get());
        return Result.BROUGHT_UP;
      }
      return Result.SAME;
    } catch (DuplicateKeyException insertedMeanwhile) {
      return Result.SAME;
    } catch (IOException | RuntimeException failed) {
      if (!stopping.get()) {
        log.warn(
            "rollout {} could not be compared with its row: {}", ref.name(), failed.getMessage());
      }
      return Result.FAILED;
    }
  }

  private boolean differs(ThreadRow row, RolloutRef ref) throws IOException {
    return row.rolloutBytes() != rollouts.size(ref)
        || !Objects.equals(row.compressedBytes(), rollouts.compressedSize(ref));
  }

  /// Threads that came from elsewhere have their names beside their rollouts.
  private Result named(ThreadId thread) {
    var name = names.get(thread);
    if (name != null) {
      threads.nameOnce(thread.value(), name);
    }
    return Result.INSERTED;
  }

  private Map<ThreadId, String> readNames() {
    try {
      return index.names();
    } catch (IOException unreadable) {
      log.warn(
          "session_index.jsonl cannot be read: {}; threads whose rows are made now lack the names"
              + " that they had elsewhere",
          unreadable.getMessage());
      return Map.of();
    }
  }

  /// The file was archived or brought back, and its row was not told.
  private Result moved(RolloutRef ref, ThreadRow row) {
    var archivedAt = DataDir.isArchived(ref.name()) ? clock.instant() : null;
    threads.move(row.id(), archivedAt, ref.name(), row.updatedAt());
    return Result.BROUGHT_UP;
  }

  /// Rows that were written shortly before may lack what the state-db lost, though their counts
  /// fit.
  private boolean wasWrittenLately(ThreadRow row) {
    return row.updatedAt().isAfter(clock.instant().minus(LATELY));
  }

  private enum Result {
    SAME,
    INSERTED,
    BROUGHT_UP,
    NOT_A_ROLLOUT,
    FAILED
  }

  /// What the comparison came to.
  private static final class Counts {
    private final Map<Result, Integer> of = new EnumMap<>(Result.class);

    void add(Result result) {
      of.merge(result, 1, Integer::sum);
    }

    boolean isAllSame() {
      return of.keySet().stream().allMatch(Result.SAME::equals);
    }

    @Override
    public String toString() {
      return "%d threads added, %d brought up, %d as they were, %d files that are no rollouts, %d failed"
          .formatted(
              count(Result.INSERTED),
              count(Result.BROUGHT_UP),
              count(Result.SAME),
              count(Result.NOT_A_ROLLOUT),
              count(Result.FAILED));
    }

    private int count(Result result) {
      return of.getOrDefault(result, 0);
    }
  }
}
