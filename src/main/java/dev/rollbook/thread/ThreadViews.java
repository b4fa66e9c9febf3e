package dev.rollbook.thread;

import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.listing.ThreadFilter;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/// Creates [ThreadView]s from the rows of threads and newer state in memory.
@Component
record ThreadViews(LiveThreads live) {
  ThreadView of(ThreadRow row) {
    return live.seen(new ThreadId(row.id()))
        .map(LiveSnapshot::progress)
        .map(progress -> view(row, progress))
        .orElseGet(() -> ThreadView.of(row, ThreadView.Status.NOT_LOADED, row));
  }

  /// Restricts a filter to threads of one status.
  ThreadFilter filter(ThreadFilter filter, ThreadView.Status wanted) {
    var loaded =
        live.allSeen()
            .map(LiveSnapshot::progress)
            .collect(Collectors.toMap(ThreadProgress::id, ThreadViews::status, (one, same) -> one));
    if (wanted == ThreadView.Status.NOT_LOADED) {
      loaded.values().removeIf(status -> status == wanted);
      return filter.notAmong(loaded.keySet());
    }
    loaded.values().removeIf(status -> status != wanted);
    return filter.among(loaded.keySet());
  }

  private static ThreadView view(ThreadRow row, ThreadProgress progress) {
    return ThreadView.of(row.with(progress), status(progress), row);
  }

  private static ThreadView.Status status(ThreadProgress progress) {
    if (progress.activity().recorderRemoved()) {
      return ThreadView.Status.NOT_LOADED;
    }
    return progress.activity().activeTurnId() == null
        ? ThreadView.Status.IDLE
        : ThreadView.Status.ACTIVE;
  }
}
