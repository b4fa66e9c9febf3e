/// The HTTP API: controllers translate requests to calls and outcomes to answers, nothing more.
///
/// `BodyMapper` binds bodies to records and `JsonBody` keeps the bytes of items, `UploadController`
/// while they arrive. `ApiExceptionHandler` is the one place that decides which failure becomes
/// which answer. The only package that knows the web.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "memory",
      "model",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "skips",
      "live",
      "thread",
      "turn",
      "event",
      "codex :: ingest",
      "codex :: export",
      "search",
      "worker"
    })
package dev.rollbook.api;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
