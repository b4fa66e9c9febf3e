/// Protection against web pages of other origins and against other machines, while there is no
/// authentication.
///
/// [OriginFilter] checks every request first: the host it names ([AllowedHosts]) and the page that
/// sent it ([WebOrigin]). [LoopbackAddressCheck] fails the start on an address that other machines
/// can reach.
@NullMarked
package dev.rollbook.web.security;

import org.jspecify.annotations.NullMarked;
