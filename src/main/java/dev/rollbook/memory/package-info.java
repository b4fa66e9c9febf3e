/// Bounds on what is kept in memory.
///
/// [HeapShare] decides how much of the heap each part of the service may hold; all shares together
/// are less than the heap. [Eviction] is what happens at a bound: an eighth is given back at once.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.rollbook.memory;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
