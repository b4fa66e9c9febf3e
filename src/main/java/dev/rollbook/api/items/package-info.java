/// Items and gaps of a thread, and its rollout as a file.
@NullMarked
package dev.rollbook.api.items;

import org.jspecify.annotations.NullMarked;
