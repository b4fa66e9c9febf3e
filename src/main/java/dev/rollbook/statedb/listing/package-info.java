/// Lists of threads by any mix of filters, and the values to filter by.
///
/// [ThreadListing] answers a [ThreadQuery]: from an index in the order of the list, or by the ids
/// that an index has for one of its filters. [FullScanLimiter] bounds the queries that neither
/// serves.
@NullMarked
@NamedInterface("listing")
package dev.rollbook.statedb.listing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
