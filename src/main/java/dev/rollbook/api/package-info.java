/// The HTTP API, one sub-package per resource: controllers translate requests to calls of services,
/// and results to responses.
///
/// This package has what all resources share: paging, query parameters, interceptors. Bodies are
/// read in `json`, failures are answered in `errors`, the OpenAPI document is in `docs`. Services
/// return views, such as `ThreadView`, whose components are the members of the JSON. Rows of the
/// state-db are not visible here.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "cluster",
      "model",
      "memory",
      "text",
      "rollout",
      "rollout :: *",
      "projection",
      "redaction",
      "skips",
      "live",
      "thread",
      "turn",
      "usage",
      "event",
      "codex :: ingest",
      "codex :: export",
      "search",
      "worker",
      "web :: *"
    })
package dev.rollbook.api;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
