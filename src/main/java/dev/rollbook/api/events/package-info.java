/// Server-sent events of one thread or of all threads, and tickets for them.
///
/// [EventStream] writes the events of this process. [EventRelay] passes on those of another replica
/// that has the thread in memory, [PeerFeeds] those of all others.
@NullMarked
package dev.rollbook.api.events;

import org.jspecify.annotations.NullMarked;
