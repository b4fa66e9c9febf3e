package dev.rollbook.event;

import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.springframework.stereotype.Component;

/// Background worker that wakes subscribers after an event was published. The publisher does not
/// wake them itself, because it holds a thread lock, and there may be a thousand subscribers.
@Component
class EventDispatcher extends BackgroundWorker {
  private static final String WORKER = "event-dispatcher";

  private final Queue<EventRing> changed = new ConcurrentLinkedQueue<>();
  private final WorkerFailures workers;

  EventDispatcher(WorkerFailures workers) {
    super(WORKER, ShutdownPhase.ROWS, Thread.ofVirtual(), workers);
    this.workers = workers;
  }

  void add(EventRing ring) {
    changed.add(ring);
    wake();
  }

  @Override
  protected Duration step(WorkerSignal signal) {
    for (var next = changed.poll(); next != null; next = changed.poll()) {
      workers.run(WORKER, next::wake);
    }
    return UNTIL_WOKEN;
  }
}
