/// JSON and Unicode text: checked, cut into values and kept in the bytes that were sent.
///
/// Knows nothing of threads or rollouts. JSON is not parsed into trees here, because history must
/// keep the bytes of its sender.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.text;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
