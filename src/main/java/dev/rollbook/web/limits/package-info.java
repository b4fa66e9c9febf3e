/// Limits of connections, requests and memory.
///
/// [HttpCapacity] takes the limits from [HttpProperties], or calculates them from the heap.
/// [ClientPermits] limits concurrent requests, and [RequestMemory] limits the heap that bodies and
/// pages use. Both limit the share of each [Client]. [FailedCredentials] slows down who tries
/// tokens. If a limit is reached, `TooManyRequests` is thrown.
@NullMarked
@NamedInterface
package dev.rollbook.web.limits;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
