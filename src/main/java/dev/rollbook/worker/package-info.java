/// Background workers: threads that live as long as the service.
///
/// [BackgroundWorker] is their one shape. Whatever a step throws, an Error too, is reported by
/// [Workers]: as one WARN line, and by the health component `backgroundWorkers` until a later step
/// succeeds, or for five minutes. No step ends its worker. [ShutdownPhase] has the order of a stop.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.worker;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
