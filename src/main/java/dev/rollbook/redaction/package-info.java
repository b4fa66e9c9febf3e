/// Replacement of secrets in history before it is stored.
///
/// [Redaction] applies the patterns of the operator to JSON that clients send and to lines that are
/// imported. By default there are no patterns, and nothing is changed.
@NullMarked
@ApplicationModule(allowedDependencies = {"model", "rollout :: line", "text"})
package dev.rollbook.redaction;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
