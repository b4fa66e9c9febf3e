package dev.rollbook.thread;

import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRow;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Rows as callers see them: with what memory knows and the state-db does not yet.
@Component
class ThreadViews {
  private final LiveThreads live;

  ThreadViews(LiveThreads live) {
    this.live = live;
  }

  ThreadView of(ThreadRow row) {
    return live.seen(new ThreadId(row.id()))
        .map(LiveSnapshot::progress)
        .map(progress -> view(row, progress))
        .orElseGet(() -> new ThreadView(row, ThreadView.Status.NOT_LOADED, row));
  }

  private static ThreadView view(ThreadRow row, ThreadProgress progress) {
    return new ThreadView(row.with(progress), status(progress), row);
  }

  private static ThreadView.Status status(ThreadProgress progress) {
    if (progress.recorderRemoved()) {
      return ThreadView.Status.NOT_LOADED;
    }
    return Optional.ofNullable(progress.activeTurnId()).isPresent()
        ? ThreadView.Status.ACTIVE
        : ThreadView.Status.IDLE;
  }
}
