/// The web server below the HTTP API: filters, limits, Tomcat, protection against other web pages.
///
/// This package knows no resource of the API. `http` is shared with the controllers, `filter` and
/// `limits` bound what requests may use, `tomcat` contains all code that reaches into Tomcat,
/// `security` checks origin and host, `actuator` restricts endpoints.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "live",
      "memory",
      "model",
      "rollout",
      "rollout :: line",
      "statedb",
      "statedb :: *",
      "worker"
    })
package dev.rollbook.web;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
