package dev.rollbook.search;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.jspecify.annotations.Nullable;

/// The index cannot be read or written: kept apart from failures of rollouts, which are not the
/// index's.
class IndexFailed extends UncheckedIOException {
  IndexFailed(IOException cause) {
    super(cause);
  }

  /// What the disk or Lucene said.
  IOException cause() {
    return Objects.requireNonNull(getCause());
  }

  boolean isDamage() {
    return isDamage(this);
  }

  /// Whether files of the index are damaged, gone or of another version, so that to open it again
  /// would not help.
  static boolean isDamage(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CorruptIndexException
          || cause instanceof IndexFormatTooOldException
          || cause instanceof IndexFormatTooNewException
          || cause instanceof EOFException
          || cause instanceof FileNotFoundException
          || cause instanceof NoSuchFileException) {
        return true;
      }
    }
    return false;
  }

  /// The disk is not full yet, but too full for what can be made again.
  static final class NoSpace extends IndexFailed {
    NoSpace() {
      super(new IOException("the space that is left on the disk is for the history"));
    }
  }
}
