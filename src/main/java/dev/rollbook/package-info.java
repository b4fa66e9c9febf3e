/// Entry point and process-wide setup: settings, meter names, out-of-memory handling.
@NullMarked
package dev.rollbook;

import org.jspecify.annotations.NullMarked;
