/// Background workers: threads that live as long as the service.
///
/// All workers extend [BackgroundWorker]. If a step throws an exception or an error,
/// [WorkerFailures] reports it in one WARN line. The health component `backgroundWorkers` shows it
/// until a later step succeeds, or for five minutes. A failed step does not end its worker.
/// [ShutdownPhase] has the phases of a shutdown in order.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.worker;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
