package dev.rollbook.retention;

import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadListing;
import dev.rollbook.statedb.ThreadQuery;
import dev.rollbook.statedb.ThreadQuery.Position;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Knows whether a fork needs the file of its parent. Forks and imports here are whole; one that a
/// Codex made in this very data-dir only points into its parent.
@Component
class Forked {
  private static final int PAGE = 100;

  private final ThreadListing listing;
  private final Rollouts rollouts;

  Forked(ThreadListing listing, Rollouts rollouts) {
    this.listing = listing;
    this.rollouts = rollouts;
  }

  boolean isNeeded(ThreadRow parent) throws IOException {
    @Nullable Position after = null;
    List<ThreadRow> forks;
    do {
      forks = listing.page(ThreadQuery.byCreation(PAGE, parent.id(), after));
      for (var fork : forks) {
        if (pointsTo(new ThreadId(parent.id()), fork)) {
          return true;
        }
        after = new Position(fork.createdAt(), fork.id());
      }
    } while (forks.size() == PAGE);
    return false;
  }

  private boolean pointsTo(ThreadId parent, ThreadRow fork) throws IOException {
    try (var reader = rollouts.read(rollouts.ref(new ThreadId(fork.id()), fork.rolloutPath()))) {
      var first = reader.next();
      return first != null
          && ForkBase.of(first).filter(base -> base.parent().equals(parent)).isPresent();
    } catch (NoSuchFileException gone) {
      return false;
    }
  }
}
