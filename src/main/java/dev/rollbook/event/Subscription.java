package dev.rollbook.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// One reader's place among the events of a thread, or of all. Used by one thread at a time.
public final class Subscription implements AutoCloseable {
  /// What there is to do for the reader.
  public enum Signal {
    /// Events can be read.
    READY,
    /// Nothing happened for the time of a heartbeat.
    QUIET,
    /// All was read, and nothing will come.
    ENDED
  }

  private final Channel channel;
  private final Duration heartbeat;
  private final Runnable onClose;
  private final Semaphore signal = new Semaphore(0);
  private final AtomicBoolean open = new AtomicBoolean(true);
  private long place;

  Subscription(Channel channel, long place, Duration heartbeat, Runnable onClose) {
    this.channel = channel;
    this.place = place;
    this.heartbeat = heartbeat;
    this.onClose = onClose;
  }

  /// Waits until there is something to do.
  public Signal await() throws InterruptedException {
    long until = System.nanoTime() + heartbeat.toNanos();
    while (!isReady()) {
      // Whoever is idle looks once more: what came meanwhile has woken nobody.
      channel.idle(this);
      if (!isReady() && !signal.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return Signal.QUIET;
      }
    }
    signal.drainPermits();
    return place < channel.next() ? Signal.READY : Signal.ENDED;
  }

  /// The next events in order, one at least; none if the reader is so far behind that they are not
  /// kept any more.
  ///
  /// @param bytes to end at, if there are so many
  public List<Frame> next(long bytes) {
    var frames = new ArrayList<Frame>();
    long size = 0;
    long end = channel.next();
    while (place < end && (frames.isEmpty() || size < bytes)) {
      var frame = channel.at(place);
      if (frame == null) {
        break;
      }
      frames.add(frame);
      size += frame.size();
      place++;
    }
    return frames;
  }

  /// Whether events were lost to the reader.
  public boolean isLagging() {
    return place < channel.next() && channel.at(place) == null;
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      channel.unsubscribe(this);
      onClose.run();
    }
  }

  void signal() {
    signal.release();
  }

  private boolean isReady() {
    return place < channel.next() || channel.isClosed();
  }
}
