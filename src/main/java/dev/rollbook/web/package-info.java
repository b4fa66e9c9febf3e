/// What stands between the socket and the HTTP API.
@NullMarked
@ApplicationModule(allowedDependencies = {"api", "model"})
package dev.rollbook.web;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
