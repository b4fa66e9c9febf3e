/// Prevents log forging: text of clients and file names cannot look like log lines.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.logging;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
