package dev.rollbook.web.security;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Allowed values of the `Host` header: protection against DNS rebinding.
///
/// In this attack, a web page makes its own host name resolve to this machine. The browser then
/// treats the service as the page's own server. Only the name in `Host` reveals the attack. IP
/// addresses and `localhost` are always allowed: an IP address cannot be rebound, and browsers
/// resolve `localhost` themselves.
final class AllowedHosts {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?");
  private static final String LOCALHOST = "localhost";

  private final Set<String> allowed;

  AllowedHosts(Collection<String> allowed) {
    this.allowed =
        allowed.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /// @param host a name or address, with or without a port
  boolean allows(String host) {
    var name = withoutRootDot(withoutPort(host)).toLowerCase(Locale.ROOT);
    return name.equals(LOCALHOST)
        || name.endsWith("." + LOCALHOST)
        || allowed.contains(name)
        || isAddress(name);
  }

  private static String withoutPort(String host) {
    if (host.startsWith("[")) {
      return host.substring(1, Math.max(1, host.indexOf(']')));
    }
    int colon = host.indexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }

  private static String withoutRootDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static boolean isAddress(String name) {
    try {
      return !name.isEmpty() && InetAddress.ofLiteral(name) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
