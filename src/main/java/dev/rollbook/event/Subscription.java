package dev.rollbook.event;

import dev.rollbook.access.Access;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A subscriber's position in an [EventRing]. Used by one Java thread at a time, except [#end].
public final class Subscription implements AutoCloseable {
  /// Result of [#await].
  public enum Signal {
    /// Events can be read.
    READY,
    /// No event within the heartbeat interval.
    QUIET,
    /// No more events will follow: all were read, or the subscription was ended.
    ENDED
  }

  private final EventRing ring;
  private final Access access;
  private final Duration heartbeat;
  private final Runnable onClose;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private volatile boolean ended;
  private long position;

  Subscription(EventRing ring, Access access, long position, Duration heartbeat, Runnable onClose) {
    this.ring = ring;
    this.access = access;
    this.position = position;
    this.heartbeat = heartbeat;
    this.onClose = onClose;
  }

  /// Waits for an event, the end, or the heartbeat interval.
  public Signal await() throws InterruptedException {
    long until = System.nanoTime() + heartbeat.toNanos();
    var change = ring.change();
    while (!isReady()) {
      if (!change.await(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return Signal.QUIET;
      }
      change = ring.change();
    }
    return !ended && position < ring.next() ? Signal.READY : Signal.ENDED;
  }

  /// The next events in order, at least one; none if the reader is so far behind that they were
  /// evicted.
  ///
  /// @param bytes limit after which no further event is added
  public List<EncodedEvent> next(long bytes) {
    var events = new ArrayList<EncodedEvent>();
    long size = 0;
    long end = ring.next();
    while (position < end && (events.isEmpty() || size < bytes)) {
      var event = ring.at(position);
      if (event == null) {
        break;
      }
      if (access.sees(event.owner())) {
        events.add(event);
        size += event.size();
      }
      position++;
    }
    return events;
  }

  /// Whether events were evicted before the reader got them.
  public boolean isLagging() {
    return position < ring.next() && ring.at(position) == null;
  }

  /// Ends the subscription without its remaining events, and wakes its reader.
  public void end() {
    ended = true;
    ring.wakeReaders();
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      ring.left();
      onClose.run();
    }
  }

  private boolean isHidden(@Nullable EncodedEvent event) {
    return event != null && !access.sees(event.owner());
  }

  /// Passes over events that the caller does not see, up to one that it sees or that was evicted.
  private boolean isReady() {
    while (position < ring.next() && isHidden(ring.at(position))) {
      position++;
    }
    return ended || position < ring.next() || ring.isClosed();
  }
}
