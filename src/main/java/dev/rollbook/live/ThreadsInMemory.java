package dev.rollbook.live;

import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.OpenThreads;
import java.util.ArrayList;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Tells those who compare files with rows which threads are in memory, and holds them still.
@Component
class ThreadsInMemory implements OpenThreads {
  private static final Logger log = LoggerFactory.getLogger(ThreadsInMemory.class);

  private final LiveThreads live;

  ThreadsInMemory(LiveThreads live) {
    this.live = live;
  }

  @Override
  public <T> T whileStill(ThreadId id, Function<Boolean, T> action) {
    while (true) {
      var result = new ArrayList<T>(1);
      if (live.whileUnloaded(id, () -> result.add(action.apply(false)))) {
        return result.getFirst();
      }
      var thread = live.find(id);
      try {
        if (thread.isPresent()) {
          return thread.get().whileStill(() -> action.apply(true));
        }
      } catch (Residence.Unloaded meanwhile) {
        log.debug("thread {} was unloaded meanwhile, looking it up again", id, meanwhile);
      }
    }
  }

  @Override
  public boolean isOpen(ThreadId id) {
    return live.find(id).isPresent();
  }
}
