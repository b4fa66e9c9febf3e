/// The web server below the HTTP API: filters, limits, Tomcat, access control.
///
/// This package knows no resource of the API. `http` is shared with the controllers. `filter` and
/// `limits` limit what requests may use. `tomcat` has all code that uses internals of Tomcat.
/// `security` checks origin, host, token and scope. `audit` records deletions, exports and the
/// like. `actuator` restricts actuator endpoints.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "audit",
      "cluster",
      "live",
      "memory",
      "model",
      "rollout",
      "rollout :: datadir",
      "rollout :: disk",
      "rollout :: line",
      "statedb",
      "statedb :: *",
      "worker"
    })
package dev.rollbook.web;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
