package dev.rollbook.web.security.access;

import dev.rollbook.access.Access;
import dev.rollbook.access.AccessPolicy;
import dev.rollbook.access.Owner;
import jakarta.servlet.ServletRequest;

/// Determines which threads and imports the caller of a request can see.
///
/// @param authenticated whether clients have to authenticate; if not, every client sees everything
public record CallerAccess(AccessPolicy policy, boolean authenticated) {
  /// @throws IllegalStateException if nobody has authenticated the request, which no controller of
  ///   the API should have got then
  public Access of(ServletRequest request) {
    return authenticated
        ? of(Caller.of(request).orElseThrow(() -> new IllegalStateException("no caller")))
        : Access.ALL;
  }

  private Access of(Caller caller) {
    var owner = new Owner(caller.tenant(), caller.principal());
    return caller.scopes().contains(Scope.ALL_TENANTS) ? policy.ofAll(owner) : policy.of(owner);
  }
}
