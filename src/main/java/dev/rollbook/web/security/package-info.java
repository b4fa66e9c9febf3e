/// Keeps web pages of other origins and strangers on the network out, as long as there is no
/// authentication.
///
/// [OriginFilter] decides on every request before anything else does: by the host it names
/// ([HostNames]) and by the page that sent it ([Origin]). [AddressCheck] refuses to start on an
/// address that other machines can reach.
@NullMarked
package dev.rollbook.web.security;

import org.jspecify.annotations.NullMarked;
