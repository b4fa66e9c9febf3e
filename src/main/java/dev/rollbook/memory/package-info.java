/// Limits for memory.
///
/// [HeapShare] decides how much of the heap each part of the service may hold; all shares together
/// are less than the heap. [Eviction] frees an eighth at once when a limit is reached. [UuidSet]
/// holds many ids in a third of the memory of a `HashSet`.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.memory;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
