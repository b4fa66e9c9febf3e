package dev.rollbook.event;

import dev.rollbook.access.Access;
import dev.rollbook.access.Owner;
import dev.rollbook.event.Event.ItemsAppended;
import dev.rollbook.event.Event.ResumeFailed;
import dev.rollbook.event.Event.ThreadReverted;
import dev.rollbook.memory.Eviction;
import dev.rollbook.model.ThreadId;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/// Publishes events to the subscribers of their thread. Events other than items and gaps also go to
/// the subscribers of all threads.
///
/// A thread has an [EventRing] only while it has subscribers. An event of a thread without
/// subscribers costs one map look-up.
@Component
public class EventBus implements MeterBinder {
  private final ConcurrentMap<ThreadId, EventRing> threads = new ConcurrentHashMap<>();
  private final AtomicInteger subscribers = new AtomicInteger();
  private final LongAdder lagged = new LongAdder();
  private final EventDispatcher dispatcher;
  private final int buffer;
  private final Duration heartbeat;
  private final Eviction<EventRing> rings;
  private final EventRing all;
  private final List<ThreadObserver> observers;
  private volatile boolean closed;

  EventBus(EventDispatcher dispatcher, EventProperties properties, List<ThreadObserver> observers) {
    this.observers = observers;
    this.dispatcher = dispatcher;
    this.buffer = properties.buffer();
    this.heartbeat = properties.heartbeat();
    // Evicts from the largest rings first, at most half of each.
    this.rings =
        new Eviction<>(
            properties.bufferMemoryBytes(),
            EventRing::bytes,
            ring -> -ring.bytes(),
            (ring, wanted) -> ring.shrinkTo(Math.max(ring.bytes() / 2, ring.bytes() - wanted)));
    this.all = newRing();
  }

  /// Publishes to the subscribers of the thread and of all threads. Caller must hold the thread
  /// lock, which gives events the order of the ordinals.
  ///
  /// @param owner of the thread; only subscribers of all threads that see it get the event
  public void publish(Owner owner, Event event, Instant at) {
    touched(event.thread());
    // The stream of the new thread itself reads this event from the history whenever it is opened.
    var ring = event instanceof ResumeFailed ? null : threads.get(event.thread());
    boolean forAll = !event.isDetail() && all.isWatched();
    if (ring == null && !forAll) {
      return;
    }
    var encoded = new EncodedEvent(owner, event, at);
    if (ring != null) {
      publish(ring, encoded);
    }
    if (forAll) {
      publish(all, encoded);
    }
  }

  /// Publishes items to the subscribers of the thread; creates the event only if there are any.
  public void publishItems(ThreadId thread, Supplier<ItemsAppended> items) {
    touched(thread);
    var ring = threads.get(thread);
    if (ring != null) {
      publish(ring, new EncodedEvent(items.get(), null));
    }
  }

  /// Adds an event to a ring. The ring of all threads has only short events, so its memory is not
  /// counted.
  private void publish(EventRing ring, EncodedEvent encoded) {
    ring.publish(encoded);
    rings.added(encoded.size());
    if (rings.isFull()) {
      rings.makeRoom(threads.values());
    }
  }

  /// Subscribes to a thread from its next event on.
  public Subscription subscribe(ThreadId thread) {
    var ring =
        threads.compute(thread, (id, present) -> (present == null ? newRing() : present).joined());
    return subscription(Access.ALL, ring, () -> leave(thread, ring));
  }

  /// Subscribes to the life-cycle events of all threads that the caller sees.
  public Subscription subscribeToAll(Access access) {
    return subscription(access, all.joined(), () -> {});
  }

  /// Ends the subscriptions of a deleted thread, after its last events.
  public void close(ThreadId thread) {
    var ring = threads.remove(thread);
    if (ring != null) {
      ring.close();
    }
  }

  /// Publishes that the history after an ordinal was replaced, and ends the subscriptions, because
  /// clients must read it again from there.
  public void reverted(Owner owner, ThreadId thread, long through, Instant at) {
    publish(owner, new ThreadReverted(thread, through), at);
    for (var observer : observers) {
      observer.reverted(thread);
    }
    close(thread);
  }

  /// Ends all subscriptions, later ones too, when the service stops.
  public void closeAll() {
    closed = true;
    all.close();
    threads.values().forEach(EventRing::close);
  }

  public boolean isClosed() {
    return closed;
  }

  /// Number of items that a subscriber can lag behind before it loses events.
  public int buffer() {
    return buffer;
  }

  /// Counts a subscriber that lost events and is closed.
  public void countLagged() {
    lagged.increment();
  }

  int subscribers() {
    return subscribers.get();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("events.subscribers", this, EventBus::subscribers)
        .description("Subscribers of events, of one thread or of all")
        .baseUnit("subscribers")
        .register(registry);
    FunctionCounter.builder("events.lagged", lagged, LongAdder::sum)
        .description("Subscribers that lagged too much and were disconnected")
        .baseUnit("subscribers")
        .register(registry);
  }

  private void touched(ThreadId thread) {
    for (var observer : observers) {
      observer.touched(thread);
    }
  }

  private EventRing newRing() {
    return new EventRing(buffer, dispatcher);
  }

  private Subscription subscription(Access access, EventRing ring, Runnable onClose) {
    subscribers.incrementAndGet();
    if (closed) {
      ring.close();
    }
    return ring.subscription(
        access,
        heartbeat,
        () -> {
          subscribers.decrementAndGet();
          onClose.run();
        });
  }

  private void leave(ThreadId thread, EventRing ring) {
    threads.computeIfPresent(
        thread, (id, present) -> present.equals(ring) && !ring.isWatched() ? null : present);
  }
}
