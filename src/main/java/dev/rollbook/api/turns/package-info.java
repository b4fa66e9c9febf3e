/// Turns and appends in JSON, and the receipt of every append.
@NullMarked
package dev.rollbook.api.turns;

import org.jspecify.annotations.NullMarked;
