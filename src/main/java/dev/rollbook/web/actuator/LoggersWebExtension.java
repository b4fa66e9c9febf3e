package dev.rollbook.web.actuator;

import dev.rollbook.model.RollbookException.LoggerNotAllowed;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.boot.actuate.logging.LoggersEndpoint;
import org.springframework.boot.logging.LogLevel;
import org.springframework.stereotype.Component;

/// Allows changes of log levels over HTTP only for Rollbook's own loggers.
///
/// At DEBUG and TRACE, the loggers of Tomcat, Spring and the HTTP client log headers and bodies of
/// requests. Rollbook's loggers never log them.
@Component
@EndpointWebExtension(endpoint = LoggersEndpoint.class)
record LoggersWebExtension(LoggersEndpoint loggers) {
  private static final String OWN = "dev.rollbook";

  /// @param name of a logger, not of a group
  /// @param configuredLevel null for the level of the logger above it
  @WriteOperation
  void configureLogLevel(@Selector String name, @Nullable LogLevel configuredLevel) {
    if (!name.equals(OWN) && !name.startsWith(OWN + ".")) {
      throw new LoggerNotAllowed(name);
    }
    loggers.configureLogLevel(name, configuredLevel);
  }
}
