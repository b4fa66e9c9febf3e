package dev.rollbook.codex.ingest;

import dev.rollbook.access.Access;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.SessionMetaEditor;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Completes forks and subagents that were imported before their parents. A fork that lacks the
/// lines of its parent gets them. The rows of a new thread's children are rebuilt, because only
/// then can copied lines be told apart from a child's own.
@Component
record ForkParentBackfill(
    Rollouts rollouts,
    ThreadRepository rows,
    ImportedThreads threads,
    LiveThreads live,
    RowRebuilder rebuild) {
  private static final Logger log = LoggerFactory.getLogger(ForkParentBackfill.class);

  /// Rebuilds the rows of a new thread's children, because only now can their copied lines be
  /// distinguished from their own.
  void rebuildChildren(ThreadId parent) throws IOException {
    for (var child : rows.childrenToRead(List.of(parent.value()))) {
      try {
        live.exclusively(Access.ALL, new ThreadId(child.id()), () -> rebuild(child));
      } catch (TurnInProgress e) {
        log.debug(
            "thread {} has a turn in progress: its rows are rebuilt when it is opened next",
            child.id(),
            e);
      }
    }
  }

  private ThreadRow rebuild(ThreadRow child) throws IOException {
    var row = rows.findById(child.id()).orElse(child);
    return row.storage().reading() == child.storage().reading() ? rebuild.bringUp(row) : row;
  }

  /// Puts the parent's lines before a fork's own, if the parent exists in Rollbook by now.
  ///
  /// @return what a person should do to complete the fork; empty if nothing is missing
  Optional<String> complete(Access access, ThreadRow fork) throws IOException {
    var first = threads.firstLine(fork);
    var base = first == null ? Optional.<ForkBase>empty() : ForkBase.of(first);
    if (first == null || base.isEmpty()) {
      return Optional.empty();
    }
    var parent = threads.parent(access, first, base.get());
    if (parent.isEmpty()) {
      return base.map(RolloutCopier::parentIsMissing);
    }
    try {
      var id = new ThreadId(fork.id());
      live.exclusively(access, id, () -> prepend(id, first, base.get(), parent.get()));
      return Optional.empty();
    } catch (TurnInProgress e) {
      log.debug(
          "fork {} has a turn in progress: it is not joined with its parent yet", fork.id(), e);
      return Optional.of(
          "a turn of it is in progress: import it again after the turn, to add its parent's lines");
    }
  }

  private ThreadRow prepend(ThreadId id, RolloutLine first, ForkBase base, ThreadRow parent) {
    var row = rows.findById(id.value()).orElseThrow();
    var ref = threads.ref(row);
    var own = new EncodedLines.Builder();
    var bytes = first.bytes().toByteArray();
    own.add(ForkBase.ownMeta(new RawLine(bytes, 0, bytes.length)));
    var meta = SessionMetaEditor.of(first).joined(id, base).item();
    try {
      try (var before =
              rollouts.part(threads.ref(parent), parent.storage().orderedBytes(), base.through());
          var after = rollouts.part(ref, row.storage().orderedBytes(), Long.MAX_VALUE);
          var copy = rollouts.copy(before, ref, meta, own.take(), after)) {
        copy.replace();
      }
      return rebuild.bringUp(row);
    } catch (IOException e) {
      throw StorageFaults.unavailable(id, e);
    }
  }
}
