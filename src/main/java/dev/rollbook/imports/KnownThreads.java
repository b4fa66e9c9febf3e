package dev.rollbook.imports;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.source.SourceFile;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Knows which threads are here; one whose row was lost, by its file.
@Component
class KnownThreads {
  private final ThreadRows rows;
  private final DeletedThreads deleted;
  private final Rollouts rollouts;
  private final Rebuild rebuild;

  KnownThreads(ThreadRows rows, DeletedThreads deleted, Rollouts rollouts, Rebuild rebuild) {
    this.rows = rows;
    this.deleted = deleted;
    this.rollouts = rollouts;
    this.rebuild = rebuild;
  }

  boolean has(ThreadId thread) {
    return !isDeleted(thread) && rows.existsById(thread.value());
  }

  Optional<ThreadRow> row(ThreadId thread) {
    return isDeleted(thread) ? Optional.empty() : rows.findById(thread.value());
  }

  boolean isDeleted(ThreadId thread) {
    return deleted.contains(thread);
  }

  Optional<ThreadRow> find(SourceFile file) throws IOException {
    if (isDeleted(file.thread())) {
      return Optional.empty();
    }
    var row = rows.findById(file.thread().value());
    return row.isEmpty() && (isRebuilt(file, false) || isRebuilt(file, true))
        ? rows.findById(file.thread().value())
        : row;
  }

  private boolean isRebuilt(SourceFile file, boolean archived) throws IOException {
    var copy = rollouts.importRef(file.thread(), file.name(), archived);
    return rollouts.size(copy) > 0 && rebuild.insert(copy);
  }
}
