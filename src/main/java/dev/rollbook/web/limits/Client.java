package dev.rollbook.web.limits;

import dev.rollbook.web.security.access.Caller;
import jakarta.servlet.ServletRequest;

/// Who the share of a limit is counted for: the caller of an authenticated request, wherever it
/// sends it from, or else the address.
///
/// @param key not the same for a caller and an address
/// @param isCaller whether the request is authenticated. A caller has a smaller share than an
///   address, which may be that of a proxy, or of the only user of the machine
public record Client(String key, boolean isCaller) {
  static final Client SERVICE = new Client("", false);

  public static Client of(ServletRequest request) {
    return Caller.of(request)
        .map(caller -> new Client(caller.tenant() + "/" + caller.principal(), true))
        .orElseGet(() -> new Client(ClientAddress.of(request), false));
  }
}
