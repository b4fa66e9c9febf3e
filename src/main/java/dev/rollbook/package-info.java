/// The service as a whole: where it starts, and what belongs to no part of it.
@NullMarked
package dev.rollbook;

import org.jspecify.annotations.NullMarked;
