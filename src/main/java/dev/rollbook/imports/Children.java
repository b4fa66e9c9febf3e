package dev.rollbook.imports;

import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Reads forks and subagents again whose parent was imported after them: only now one can tell
/// which of their lines are copies.
@Component
class Children {
  private static final Logger log = LoggerFactory.getLogger(Children.class);

  private final ThreadRows threads;
  private final LiveThreads live;
  private final Rebuild rebuild;

  Children(ThreadRows threads, LiveThreads live, Rebuild rebuild) {
    this.threads = threads;
    this.live = live;
    this.rebuild = rebuild;
  }

  void readAgain(ThreadId parent) throws IOException {
    for (var child : threads.childrenToRead(List.of(parent.value()))) {
      try {
        live.exclusively(new ThreadId(child.id()), () -> read(child));
      } catch (TurnInProgress later) {
        log.debug("thread {} is read again when it is opened the next time", child.id(), later);
      } catch (UncheckedIOException failed) {
        throw failed.getCause();
      }
    }
  }

  private ThreadRow read(ThreadRow child) {
    var row = threads.findById(child.id()).orElse(child);
    try {
      return row.reading() == child.reading() ? rebuild.bringUp(row) : row;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
