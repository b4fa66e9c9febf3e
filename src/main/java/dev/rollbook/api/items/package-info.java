/// Items and gaps of a thread, its rollout as a file, and the open gaps of all threads.
@NullMarked
package dev.rollbook.api.items;

import org.jspecify.annotations.NullMarked;
