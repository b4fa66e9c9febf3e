/// Token usage of all threads.
@NullMarked
package dev.rollbook.api.usage;

import org.jspecify.annotations.NullMarked;
