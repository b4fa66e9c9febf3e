package dev.rollbook.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A reader's position in an [EventRing]. Used by one thread at a time.
public final class Subscription implements AutoCloseable {
  /// Result of [#await].
  public enum Signal {
    /// Events can be read.
    READY,
    /// No event within the heartbeat interval.
    QUIET,
    /// All events were read, and no more will follow.
    ENDED
  }

  private final EventRing channel;
  private final Duration heartbeat;
  private final Runnable onClose;
  private final Semaphore signal = new Semaphore(0);
  private final AtomicBoolean open = new AtomicBoolean(true);
  private long position;

  Subscription(EventRing channel, long position, Duration heartbeat, Runnable onClose) {
    this.channel = channel;
    this.position = position;
    this.heartbeat = heartbeat;
    this.onClose = onClose;
  }

  /// Waits for an event, the end, or the heartbeat interval.
  public Signal await() throws InterruptedException {
    long until = System.nanoTime() + heartbeat.toNanos();
    while (!isReady()) {
      // Check again: an event that was published before this registration wakes nobody.
      channel.idle(this);
      if (!isReady() && !signal.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return Signal.QUIET;
      }
    }
    signal.drainPermits();
    return position < channel.next() ? Signal.READY : Signal.ENDED;
  }

  /// The next events in order, at least one; none if the reader is so far behind that they were
  /// evicted.
  ///
  /// @param bytes limit after which no further event is added
  public List<EncodedEvent> next(long bytes) {
    var frames = new ArrayList<EncodedEvent>();
    long size = 0;
    long end = channel.next();
    while (position < end && (frames.isEmpty() || size < bytes)) {
      var frame = channel.at(position);
      if (frame == null) {
        break;
      }
      frames.add(frame);
      size += frame.size();
      position++;
    }
    return frames;
  }

  /// Whether events were evicted before the reader got them.
  public boolean isLagging() {
    return position < channel.next() && channel.at(position) == null;
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
    return position < channel.next() || channel.isClosed();
  }
}
