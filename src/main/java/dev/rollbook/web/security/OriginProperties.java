package dev.rollbook.web.security;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of origin checks: the host names of the service, and the origins of web pages that may
/// call it.
///
/// @param allowedHosts Names that are accepted in the `Host` header, in addition to IP addresses,
///   `localhost` and `*.localhost`. Separate names by commas, and leave out ports. A request with
///   any other name gets 421.
/// @param allowedOrigins Origins of web pages that are allowed to call the service, such as
///   `https://app.example.com`. Separate origins by commas, and write each exactly as browsers send
///   it. There is no wildcard.
@ConfigurationProperties("rollbook.http")
record OriginProperties(
    @DefaultValue List<String> allowedHosts, @DefaultValue List<String> allowedOrigins) {

  OriginProperties {
    allowedHosts = List.copyOf(allowedHosts);
    allowedOrigins = List.copyOf(allowedOrigins);
    for (var name : allowedHosts) {
      if (!AllowedHosts.isName(name)) {
        throw new IllegalArgumentException(
            "rollbook.http.allowed-hosts must be host names without scheme, port or wildcard but"
                + " contains "
                + name);
      }
    }
    for (var origin : allowedOrigins) {
      if (WebOrigin.parse(origin).isEmpty()) {
        throw new IllegalArgumentException(
            "rollbook.http.allowed-origins must be origins such as https://app.example.com, without"
                + " path or wildcard, but contains "
                + origin);
      }
    }
  }
}
