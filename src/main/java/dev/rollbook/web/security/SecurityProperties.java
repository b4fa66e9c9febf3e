package dev.rollbook.web.security;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Who may use the service.
///
/// @param mode `loopback`: whoever is on this machine, so that the start fails on any other
///   address; `none`: whoever reaches the address, which each start warns of
@ConfigurationProperties("rollbook.security")
record SecurityProperties(@DefaultValue("loopback") Mode mode) {
  /// What keeps strangers out, as there is no authentication.
  enum Mode {
    LOOPBACK,
    NONE
  }
}
