/// JSON and Unicode text: validation, and JSON values in the bytes that were sent.
///
/// This package knows neither threads nor rollouts. JSON is not parsed into trees here, because a
/// history must contain the bytes that were sent.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.text;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
