/// Prevents log forging: text from clients and names of files cannot look like log lines.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.logging;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
