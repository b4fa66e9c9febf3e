package dev.rollbook.event;

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
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/// Where events are published and subscribed to: by thread, and for all threads together.
///
/// A thread has a channel only while somebody follows it, so that publishing costs one look-up
/// where nobody does.
@Component
public class Events implements MeterBinder {
  private final ConcurrentMap<ThreadId, Channel> threads = new ConcurrentHashMap<>();
  private final AtomicInteger subscribers = new AtomicInteger();
  private final LongAdder lagged = new LongAdder();
  private final Dispatcher dispatcher;
  private final int buffer;
  private final Duration heartbeat;
  private final Eviction<Channel> rings;
  private final Channel all;
  private final List<ThreadObserver> observers;
  private volatile boolean closed;

  @Autowired
  Events(
      Dispatcher dispatcher, EventProperties properties, ObjectProvider<ThreadObserver> observers) {
    this(dispatcher, properties, observers.orderedStream().toList());
  }

  Events(Dispatcher dispatcher, EventProperties properties, List<ThreadObserver> observers) {
    this.observers = observers;
    this.dispatcher = dispatcher;
    this.buffer = properties.buffer();
    this.heartbeat = properties.heartbeat();
    // The largest rings lose their oldest events first, but no more than half of them.
    this.rings =
        new Eviction<>(
            properties.bufferMemoryBytes(),
            Channel::bytes,
            channel -> -channel.bytes(),
            (channel, wanted) ->
                channel.shrinkTo(Math.max(channel.bytes() / 2, channel.bytes() - wanted)));
    this.all = channel();
  }

  /// Tells those who follow the thread, and those who follow all. Called under the thread's lock,
  /// which gives events the order of the ordinals.
  public void publish(Event event, Instant at) {
    touched(event.thread());
    // A fresh thread's own stream tells of the resume from the history, whenever it is opened.
    var channel = event instanceof ResumeFailed ? null : threads.get(event.thread());
    boolean forAll = !event.isDetail() && all.isWatched();
    if (channel == null && !forAll) {
      return;
    }
    var frame = new Frame(event, at);
    if (channel != null) {
      publish(channel, frame);
    }
    if (forAll) {
      publish(all, frame);
    }
  }

  /// Tells those who follow the thread of items, which are made only if there are any.
  public void publishItems(ThreadId thread, Supplier<ItemsAppended> items) {
    touched(thread);
    var channel = threads.get(thread);
    if (channel != null) {
      publish(channel, new Frame(items.get(), null));
    }
  }

  /// The ring of all threads holds short events only, and is not counted.
  private void publish(Channel channel, Frame frame) {
    channel.publish(frame);
    rings.added(frame.size());
    if (rings.isFull()) {
      rings.makeRoom(threads.values());
    }
  }

  /// Follows a thread from its next event on.
  public Subscription subscribe(ThreadId thread) {
    var channel =
        threads.compute(thread, (id, present) -> (present == null ? channel() : present).joined());
    return subscription(channel, () -> leave(thread, channel));
  }

  /// Follows the life of all threads from the next event on.
  public Subscription subscribeToAll() {
    return subscription(all.joined(), () -> {});
  }

  /// Ends the subscriptions of a thread that is gone, after the events that it had.
  public void close(ThreadId thread) {
    var channel = threads.remove(thread);
    if (channel != null) {
      channel.close();
    }
  }

  /// The history of a thread behind an ordinal was replaced: tells those who follow it, and ends
  /// their subscriptions, as they have to read it again from there.
  public void reverted(ThreadId thread, long through, Instant at) {
    publish(new ThreadReverted(thread, through), at);
    for (var observer : observers) {
      observer.reverted(thread);
    }
    close(thread);
  }

  /// Ends all subscriptions, also later ones: the service stops.
  public void closeAll() {
    closed = true;
    all.close();
    threads.values().forEach(Channel::close);
  }

  public boolean isClosed() {
    return closed;
  }

  /// Ordinals that a subscriber can be behind before events are lost to it.
  public int buffer() {
    return buffer;
  }

  /// A subscriber lost events and is closed for it.
  public void countLagged() {
    lagged.increment();
  }

  int subscribers() {
    return subscribers.get();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("events.subscribers", this, Events::subscribers)
        .description("Subscribers of events, of one thread or of all")
        .baseUnit("subscribers")
        .register(registry);
    FunctionCounter.builder("events.lagged", lagged, LongAdder::sum)
        .description("Subscribers that fell too far behind and were closed")
        .baseUnit("subscribers")
        .register(registry);
  }

  private void touched(ThreadId thread) {
    for (var observer : observers) {
      observer.touched(thread);
    }
  }

  private Channel channel() {
    return new Channel(buffer, dispatcher);
  }

  private Subscription subscription(Channel channel, Runnable onClose) {
    subscribers.incrementAndGet();
    if (closed) {
      channel.close();
    }
    return channel.subscription(
        heartbeat,
        () -> {
          subscribers.decrementAndGet();
          onClose.run();
        });
  }

  private void leave(ThreadId thread, Channel channel) {
    threads.computeIfPresent(
        thread, (id, present) -> present.equals(channel) && !channel.isWatched() ? null : present);
  }
}
