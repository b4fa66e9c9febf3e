/// The words of the service: ids, items, what became of an append, and every error it can answer.
///
/// Nothing here reads a file, a row or a request. The closed sets are sealed, so that a new outcome
/// or a new error does not compile until each place that must decide on it has decided.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.model;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
