/// HTTP basics that filters and controllers share: the order of all servlet filters, media types of
/// bodies, parameters of a query, problems (RFC 9457) and security headers.
@NullMarked
@NamedInterface
package dev.rollbook.web.http;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
