/// Lists of threads with any combination of filters, the values that lists can be filtered by, and
/// lists and scans across threads: gaps, usage.
///
/// [ThreadListing] answers a [ThreadQuery]: from an index in the order of the list, or from an
/// index for one of the filters. [FullScanLimiter] limits the queries for which no index is
/// suitable.
@NullMarked
@NamedInterface("listing")
package dev.rollbook.statedb.listing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
