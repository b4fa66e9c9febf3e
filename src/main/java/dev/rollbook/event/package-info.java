/// Live events of threads, from publishers to subscribers.
///
/// Publishers call [EventBus] with the thread lock held and never wait for subscribers. Each thread
/// with subscribers has an [EventRing] of its last events; a subscriber that falls behind it is
/// closed. [SseRateLimiter] leaves CPU for appends however many subscribers there are.
///
/// A subscriber that begins in the past reads the history first: `thread.EventReplay` reads it and
/// switches to a live [Subscription]. `api.events.EventStream` sends both over HTTP.
@NullMarked
@ApplicationModule(allowedDependencies = {"memory", "model", "text", "worker"})
package dev.rollbook.event;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
