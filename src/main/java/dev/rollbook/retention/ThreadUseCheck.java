package dev.rollbook.retention;

import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRow;
import java.time.Instant;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Checks whether a thread is in use. If the thread is live, its state in memory is checked instead
/// of its row, because the row may be out of date.
@Component
record ThreadUseCheck(LiveThreads live) {
  static final String TURN = "a turn runs";
  static final String PENDING = "items are pending";
  static final String UPDATED = "updated meanwhile";
  static final String ELSEWHERE = "in memory of another replica";

  /// Why the thread must be left alone, if it is being written.
  Optional<String> writing(ThreadRow row) {
    var thread = live.find(new ThreadId(row.id()));
    if (thread.filter(LiveThread::hasPending).isPresent()) {
      return Optional.of(PENDING);
    }
    return progress(row).filter(now -> now.activity().activeTurnId() != null).map(now -> TURN);
  }

  /// Why the thread must be left alone, if it is being written or was updated since a time.
  Optional<String> why(ThreadRow row, Instant before) {
    return writing(row)
        .or(() ->
            progress(row)
                .filter(now -> !now.activity().updatedAt().isBefore(before))
                .map(now -> UPDATED));
  }

  /// Short reason for a refusal, the same for all threads.
  static String said(RollbookException refused) {
    return switch (refused) {
      case TurnInProgress running -> TURN;
      case PersistenceUnavailable failed -> "the disk fails";
      case ThreadNotFound deleted -> "deleted meanwhile";
      default -> "refused";
    };
  }

  private Optional<ThreadProgress> progress(ThreadRow row) {
    return live.seen(new ThreadId(row.id())).map(LiveSnapshot::progress);
  }
}
