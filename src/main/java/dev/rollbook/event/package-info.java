/// Live events of threads, from publishers to subscribers.
///
/// Publishers call [EventBus] with the thread lock held, and never wait for subscribers. Each
/// thread with subscribers has an [EventRing] of its last events. A subscriber whose next event is
/// no longer in the ring is disconnected. [SseRateLimiter] leaves CPU for appends, regardless of
/// the number of subscribers.
///
/// A subscriber may request events of the past. `thread.EventReplay` then reads them from the
/// history, and switches to a live [Subscription]. `api.events.EventStream` sends both over HTTP.
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "memory", "model", "text", "worker"})
package dev.rollbook.event;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
