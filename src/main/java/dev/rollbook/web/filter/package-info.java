/// Servlet filters of all requests, in the order of `FilterOrder`.
///
/// [StrictPathFilter] refuses ambiguous paths, [ConcurrencyLimitFilter] takes permits, sets
/// deadlines ([TimeLimitedRequest]) and is where a 429 for too many requests is decided,
/// [RequestScopeFilter] registers the request for the shutdown and marks reads.
@NullMarked
@NamedInterface
package dev.rollbook.web.filter;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
