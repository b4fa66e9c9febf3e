package dev.rollbook.web.security;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Setting of access control: the addresses that the service may listen on.
///
/// @param mode `loopback`: the service starts only if `server.address` is a loopback address.
///   `none`: any address is accepted, and each start logs a warning. The Docker image sets `none`.
@ConfigurationProperties("rollbook.security")
record SecurityProperties(@DefaultValue("loopback") Mode mode) {
  /// Substitute for authentication.
  enum Mode {
    LOOPBACK,
    NONE
  }
}
