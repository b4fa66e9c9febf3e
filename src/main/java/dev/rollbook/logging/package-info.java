/// Keeps what clients and file names say from looking like log lines.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.logging;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
