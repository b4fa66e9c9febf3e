/// Access control: which web pages, machines and callers may use the service.
///
/// [OriginFilter] checks the host in each request ([AllowedHosts]), and the origin of the page that
/// sent the request ([WebOrigin]). [LoopbackAddressCheck] fails the start if the service would
/// listen on an address that other machines can reach without authentication.
/// [AuthenticationConfiguration] is the filter chain of Spring Security: `token`, `jwt`, `ticket`
/// and `certificate` authenticate the caller, `peer` another replica that passes a call on,
/// `access` says which scopes each call needs.
@NullMarked
@NamedInterface("security")
package dev.rollbook.web.security;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
