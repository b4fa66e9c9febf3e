/// Background workers: threads that live as long as the service.
///
/// All extend [BackgroundWorker]. Whatever a step throws, an Error too, is reported by
/// [WorkerFailures]: as one WARN line, and by the health component `backgroundWorkers` until a
/// later step succeeds, or for five minutes. No step ends its worker. [ShutdownPhase] lists the
/// phases of a stop in order.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.worker;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
