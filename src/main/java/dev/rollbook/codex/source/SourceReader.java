package dev.rollbook.codex.source;

import dev.rollbook.codex.source.SourcePiece.Broken;
import dev.rollbook.codex.source.SourcePiece.Line;
import dev.rollbook.codex.source.SourcePiece.Nuls;
import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.redaction.Redaction;
import dev.rollbook.rollout.line.LineSplitter;
import dev.rollbook.rollout.line.LineSplitter.Kind;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.text.Utf8;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Sequential reader of a rollout file of Codex. It returns lines that can be parsed, and all other
/// bytes unchanged.
///
/// It accepts a byte order mark, CRLF, blank lines, NUL bytes, several items in one line, and lines
/// that are too long for memory. The last line may be torn, or lack its line feed.
public final class SourceReader implements Closeable {
  private static final int CHUNK = 64 * 1024;

  private final InputStream in;
  private final LineSplitter bytes;
  private final Redaction redaction;
  private final Deque<SourcePiece> pieces = new ArrayDeque<>();
  private long consumed;
  private long tornTail;
  private long lines;
  private long previousOrdinal;

  /// @param in stream that begins at the position; closed with this reader
  /// @param room memory for a line
  /// @param redaction of all pieces; positions are those of the bytes in the file
  SourceReader(InputStream in, SourcePosition from, MemoryReservation room, Redaction redaction) {
    this.redaction = redaction;
    this.in = in;
    this.bytes =
        new LineSplitter(in, CHUNK, MemoryBudget.MAX_LINE_BYTES).within(room).splittingAtNuls();
    this.consumed = from.bytes();
    this.lines = from.lines();
    this.previousOrdinal = from.previousOrdinal();
  }

  /// The next piece; null at the end.
  public @Nullable SourcePiece next() throws IOException {
    while (pieces.isEmpty()) {
      var kind = bytes.next();
      if (kind == Kind.NONE) {
        return null;
      }
      take(kind);
    }
    return pieces.remove();
  }

  /// The position from which a later reader can continue: before a torn last line, which Codex may
  /// still complete.
  public SourcePosition place() {
    return new SourcePosition(consumed - tornTail, lines, previousOrdinal);
  }

  @Override
  public void close() throws IOException {
    bytes.release();
    in.close();
  }

  private void take(Kind kind) {
    long number = lines + 1;
    long offset = consumed;
    lines += bytes.ended() ? 1 : 0;
    long length = bytes.position() - bytes.start();
    consumed += length;
    var raw = offset == 0 ? withoutByteOrderMark(bytes.bytes()) : bytes.bytes();
    boolean readable = false;
    switch (kind) {
      case NULS -> pieces.add(new Nuls(number, offset, length - (bytes.ended() ? 1 : 0)));
      case PART ->
          pieces.add(
              broken(number, "longer than %d bytes".formatted(MemoryBudget.MAX_LINE_BYTES), raw));
      case LINE -> {
        if (RawLine.trimmedEnd(raw, 0, raw.length) > 0) {
          for (var segment : InterleavedLineSplitter.of(raw)) {
            readable |= segment.line() != null;
            pieces.add(piece(number, raw, segment));
          }
        }
      }
      case NONE -> {}
    }
    tornTail = bytes.ended() || readable ? 0 : tornTail + length;
  }

  private SourcePiece piece(long number, byte[] raw, InterleavedLineSplitter.Segment segment) {
    var part = new RawLine(raw, segment.from(), segment.to() - segment.from());
    if (segment.line() == null) {
      return new Broken(number, cause(raw, segment), redaction.unreadable(part));
    }
    var line = segment.line().after(previousOrdinal);
    previousOrdinal = line.ordinal();
    var redacted = redaction.line(part);
    return redacted == part
        ? new Line(number, line, part)
        : new Line(number, parsed(redacted, line), redacted);
  }

  private static RolloutLine parsed(RawLine redacted, RolloutLine original) {
    return RolloutLine.parse(redacted.toByteArray(), 0, redacted.length())
        .map(line -> line.after(original.ordinal() - 1))
        .orElseThrow(() -> new IllegalStateException("redaction has damaged a line"));
  }

  private String cause(byte[] raw, InterleavedLineSplitter.Segment segment) {
    if (!Utf8.isValid(raw, segment.from(), segment.to())) {
      return "no UTF-8";
    }
    if (segment.to() < raw.length) {
      return "torn: another line is written into it";
    }
    return bytes.ended()
        ? "not a JSON object with a type and a payload"
        : "torn: the file ends within this line";
  }

  private Broken broken(long number, String cause, byte[] raw) {
    return new Broken(number, cause, redaction.unreadable(new RawLine(raw, 0, raw.length)));
  }

  private static byte[] withoutByteOrderMark(byte[] raw) {
    int mark = Utf8.byteOrderMark(raw, 0, raw.length);
    return mark == 0 ? raw : Arrays.copyOfRange(raw, mark, raw.length);
  }
}
