/// Servlet filters of all requests, in the order of `FilterOrder`.
///
/// [StrictPathFilter] refuses ambiguous paths. [ConcurrencyLimitFilter] limits concurrent requests,
/// and sets deadlines ([TimeLimitedRequest]). [RequestScopeFilter] registers the request for the
/// shutdown, and marks requests that only read.
@NullMarked
@NamedInterface
package dev.rollbook.web.filter;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
