/// Limits for memory.
///
/// [HeapShare] decides how much of the heap each part of the service may use. When a limit is
/// reached, [Eviction] frees an eighth of it at once. [MemoryBudget] limits what bodies, pages and
/// lines take. [UuidSet] stores ids in a third of the memory of a `HashSet`.
@NullMarked
@ApplicationModule(allowedDependencies = "model")
package dev.rollbook.memory;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
