/// Domain types that all layers share: ids, items, results of appends, and all errors.
///
/// Nothing here reads a file, a row or a request. Outcomes and errors are sealed types. A new
/// outcome or error does not compile until every `switch` over its type has a case for it.
@NullMarked
@ApplicationModule(allowedDependencies = "text")
package dev.rollbook.model;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
