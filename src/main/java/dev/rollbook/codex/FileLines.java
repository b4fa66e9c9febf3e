package dev.rollbook.codex;

import dev.rollbook.rollout.ByteOrderMark;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// Splits a rollout into its lines and leaves out nothing: all of them together are the file.
final class FileLines implements Closeable {
  private static final int CHUNK = 64 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[CHUNK];
  private int at;
  private int end;
  private boolean first = true;

  FileLines(InputStream in) {
    this.in = in;
  }

  /// The next line with its line feed, or null at the end.
  @Nullable FileLine next() throws IOException {
    var line = new ByteArrayOutputStream();
    boolean ended = false;
    while (!ended && fill()) {
      int to = afterLineFeed();
      line.write(buffer, at, to - at);
      at = to;
      ended = buffer[to - 1] == '\n';
    }
    if (line.size() == 0) {
      return null;
    }
    var bytes = line.toByteArray();
    int start = first ? ByteOrderMark.length(bytes, 0, bytes.length) : 0;
    first = false;
    return new FileLine(bytes, start);
  }

  /// Passes on all that has not been read as lines yet.
  void copyTo(OutputStream out) throws IOException {
    out.write(buffer, at, end - at);
    at = end;
    in.transferTo(out);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private boolean fill() throws IOException {
    if (at == end) {
      at = 0;
      end = Math.max(0, in.read(buffer));
    }
    return at < end;
  }

  private int afterLineFeed() {
    int to = at;
    while (to < end && buffer[to] != '\n') {
      to++;
    }
    return Math.min(end, to + 1);
  }
}
