/// Server-sent events of one thread or of all threads.
@NullMarked
package dev.rollbook.api.events;

import org.jspecify.annotations.NullMarked;
