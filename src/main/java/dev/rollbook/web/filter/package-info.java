/// Servlet filters of all requests, in the order of `FilterOrder`.
///
/// [StrictPathFilter] refuses ambiguous paths, [ConcurrencyLimitFilter] takes permits, sets
/// deadlines ([TimeLimitedRequest]) and answers 429 to too many concurrent requests,
/// [RequestScopeFilter] registers the request for the shutdown and marks reads.
@NullMarked
@NamedInterface
package dev.rollbook.web.filter;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
