/// Server-sent events of one thread or of all threads, and tickets for them.
@NullMarked
package dev.rollbook.api.events;

import org.jspecify.annotations.NullMarked;
