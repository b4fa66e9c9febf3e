/// Keeps background workers alive.
///
/// Whatever a step of a worker throws, an Error too, is reported by [Workers]: as one WARN line,
/// and by the health component `backgroundWorkers` until a later step of that worker succeeds, or
/// for five minutes. No step ends its worker.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.worker;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
