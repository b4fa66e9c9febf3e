package dev.rollbook.imports;

import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.MetaCopy;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Makes forks whole that were imported before their parents.
@Component
class LateJoin {
  private static final Logger log = LoggerFactory.getLogger(LateJoin.class);

  private final Rollouts rollouts;
  private final ThreadRows threads;
  private final Segments segments;
  private final LiveThreads live;
  private final Rebuild rebuild;

  LateJoin(
      Rollouts rollouts, ThreadRows threads, Segments segments, LiveThreads live, Rebuild rebuild) {
    this.segments = segments;
    this.rollouts = rollouts;
    this.threads = threads;
    this.live = live;
    this.rebuild = rebuild;
  }

  /// Puts the parent's lines before the fork's own, where the parent is here by now.
  ///
  /// @return why the fork is not whole yet, for people
  Optional<String> attempt(ThreadRow fork) throws IOException {
    var first = segments.firstLine(fork);
    var base = first == null ? Optional.<ForkBase>empty() : ForkBase.of(first);
    var parent =
        base.isPresent() && first != null
            ? segments.parent(first, base.get())
            : Optional.<ThreadRow>empty();
    if (first != null && base.isPresent() && parent.isPresent()) {
      try {
        var id = new ThreadId(fork.id());
        live.exclusively(id, () -> join(id, first, base.get(), parent.get()));
      } catch (TurnInProgress later) {
        log.debug("fork {} is joined with its parent when its turn is over", fork.id(), later);
        return Optional.of(
            "a turn of it runs here: it gets its parent's lines when it is imported after that");
      }
      return Optional.empty();
    }
    return base.map(NewThreadCopy::parentIsMissing);
  }

  private ThreadRow join(ThreadId id, RolloutLine first, ForkBase base, ThreadRow parent) {
    var row = threads.findById(id.value()).orElseThrow();
    var ref = segments.ref(row);
    var own = new EncodedLines.Builder();
    var bytes = first.bytes().toByteArray();
    own.add(ForkBase.ownMeta(new RawLine(bytes, 0, bytes.length)));
    var meta = MetaCopy.of(first).joined(id, base).item();
    try {
      try (var before = rollouts.part(segments.ref(parent), parent.orderedBytes(), base.through());
          var after = rollouts.part(ref, row.orderedBytes(), Long.MAX_VALUE);
          var copy = rollouts.copy(before, ref, meta, own.take(), after)) {
        copy.replace();
      }
      return rebuild.bringUp(row);
    } catch (IOException failed) {
      throw StorageFaults.unavailable(id, failed);
    }
  }
}
