/// Lines of a rollout: splitting, decoding, encoding.
///
/// [LineSplitter] finds lines in bytes without holding more than its [MemoryReservation] allows,
/// [RolloutLine] is a decoded line, [EncodedLines] are lines ready to be written. A line that is
/// longer than memory allows is read without its large members. Payloads keep their own bytes.
@NullMarked
@NamedInterface("line")
package dev.rollbook.rollout.line;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
