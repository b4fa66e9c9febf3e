/// Domain types that all layers share: ids, items, results of appends, and all errors.
///
/// Nothing here reads a file, a row or a request. Outcomes and errors are sealed, so that a new one
/// does not compile until every place that decides on it handles it.
@NullMarked
@ApplicationModule(allowedDependencies = "text")
package dev.rollbook.model;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
