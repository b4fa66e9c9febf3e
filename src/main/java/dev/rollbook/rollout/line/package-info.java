/// Lines of a rollout: splitting, decoding, encoding.
///
/// [LineSplitter] splits bytes into lines, within its `memory.MemoryReservation`. [LineScanner]
/// recognizes usual lines without a JSON parser. [RolloutLine] is a decoded line. [EncodedLines]
/// has lines that are ready to be written. A line that is too long for memory is read without its
/// large members. Payloads keep their original bytes.
@NullMarked
@NamedInterface("line")
package dev.rollbook.rollout.line;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
