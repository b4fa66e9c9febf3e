package dev.rollbook.reconcile;

import dev.rollbook.access.AccessPolicy;
import dev.rollbook.access.Owner;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ParentHistory;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadRepository;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Reads the [ParentHistory] of a parent thread, by which the copied lines of a fork are
/// recognised.
///
/// The last history that was read is cached, because the forks of one parent are mostly read one
/// after the other.
@Component
public class ParentHistoryFinder implements ParentHistory.Finder {
  private static final Logger log = LoggerFactory.getLogger(ParentHistoryFinder.class);

  private final ThreadRepository rows;
  private final Rollouts rollouts;
  private final AccessPolicy policy;
  private final AtomicReference<@Nullable Known> last = new AtomicReference<>();

  ParentHistoryFinder(ThreadRepository rows, Rollouts rollouts, AccessPolicy policy) {
    this.policy = policy;
    this.rows = rows;
    this.rollouts = rollouts;
  }

  private record Known(ThreadId thread, long bytes, SoftReference<ParentHistory> history) {
    boolean isOf(ThreadId other, long size) {
      return thread.equals(other) && bytes == size;
    }
  }

  @Override
  public Optional<ParentHistory> find(ThreadId thread, Owner child) {
    var access = policy.of(child);
    var row =
        rows.findById(thread.value()).filter(found -> access.sees(found.provenance().owner()));
    if (row.isEmpty()) {
      return Optional.empty();
    }
    var ref = rollouts.ref(thread, row.get().storage().rolloutPath());
    try {
      long bytes = rollouts.size(ref);
      var known = last.get();
      var kept = known != null && known.isOf(thread, bytes) ? known.history.get() : null;
      if (kept != null) {
        return Optional.of(kept);
      }
      try (var reader = rollouts.read(ref)) {
        var history = ParentHistory.read(reader);
        last.set(new Known(thread, bytes, new SoftReference<>(history)));
        return Optional.of(history);
      }
    } catch (IOException e) {
      log.debug("rollout {} of a parent cannot be read", ref.name(), e);
      return Optional.empty();
    }
  }
}
