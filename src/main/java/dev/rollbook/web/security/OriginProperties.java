package dev.rollbook.web.security;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of origin checks: the host names of the service, and the origins of web pages that may
/// call it.
///
/// @param allowedHosts Names that requests may have in `Host`, separated by commas and without a
///   port, in addition to IP addresses, `localhost` and `*.localhost`. Any other name gets 421.
/// @param allowedOrigins Origins of web pages that may call the service, separated by commas and
///   exactly as browsers send them, such as `https://app.example.com`. There is no wildcard.
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
