/// Protection against web pages of other origins and against other machines, while there is no
/// authentication.
///
/// [OriginFilter] checks the host in each request ([AllowedHosts]), and the origin of the page that
/// sent the request ([WebOrigin]). [LoopbackAddressCheck] fails the start if the service would
/// listen on an address that other machines can reach.
@NullMarked
package dev.rollbook.web.security;

import org.jspecify.annotations.NullMarked;
