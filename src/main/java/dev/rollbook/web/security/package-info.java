/// Protection against web pages of other origins and against other machines, while there is no
/// authentication.
///
/// [OriginFilter] checks every request first: the host it names ([HostNames]) and the page that
/// sent it ([Origin]). [AddressCheck] fails the start on an address that other machines can reach.
@NullMarked
package dev.rollbook.web.security;

import org.jspecify.annotations.NullMarked;
