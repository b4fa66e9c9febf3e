/// Limits of connections, requests and memory.
///
/// [HttpCapacity] derives the numbers from the heap or takes them from [HttpProperties].
/// [ClientPermits] counts concurrent requests, [RequestMemory] the heap that bodies and pages use,
/// both with a share for each client ([ClientAddress]). A limit that is reached is a
/// `TooManyRequests`.
@NullMarked
@NamedInterface
package dev.rollbook.web.limits;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
