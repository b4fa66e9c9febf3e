/// Replacements of actuator endpoints whose defaults fail or allow too much.
@NullMarked
package dev.rollbook.web.actuator;

import org.jspecify.annotations.NullMarked;
