/// Limits of the HTTP API: how many connections and requests there are at a time, how much of the
/// heap their bodies and answers take, and how long each may last.
///
/// [HttpCapacity] derives the numbers from the heap. [ConcurrencyLimitFilter] takes a permit for
/// each request, [RequestMemory] counts the bytes of bodies and answers, `TimedBody`,
/// `AnswerDeadlines` and `SlowConnections` end what takes too long. A limit that is reached is a
/// `TooManyRequests`, whose answer is decided where all answers are. `TomcatProtocol` is the only
/// class that reaches into Tomcat. At a stop `UploadConnections` ends running uploads, so that
/// their senders get a receipt.
@NullMarked
package dev.rollbook.api.limit;

import org.jspecify.annotations.NullMarked;
