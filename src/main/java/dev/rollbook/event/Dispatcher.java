package dev.rollbook.event;

import dev.rollbook.worker.Workers;
import java.util.concurrent.LinkedTransferQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Wakes the subscribers in the place of the publisher, who holds the lock of a thread and has no
/// time to wake a thousand of them.
@Component
class Dispatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

  private final LinkedTransferQueue<Channel> changed = new LinkedTransferQueue<>();
  private final Workers workers;
  private final Thread thread;

  Dispatcher(Workers workers) {
    this.workers = workers;
    this.thread = Thread.ofVirtual().name("event-dispatcher").start(this::run);
  }

  void add(Channel channel) {
    changed.add(channel);
  }

  private void run() {
    try {
      while (true) {
        workers.run("event-dispatcher", changed.take()::wake);
      }
    } catch (InterruptedException closed) {
      log.debug("events are delivered no longer", closed);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
