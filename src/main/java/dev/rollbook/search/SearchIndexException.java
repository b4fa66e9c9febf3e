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

/// Thrown if the index cannot be read or written. It is not an `IOException`, so that it is
/// distinct from a failure to read a rollout.
class SearchIndexException extends UncheckedIOException {
  SearchIndexException(IOException cause) {
    super(cause);
  }

  /// The failure of the disk or of Lucene.
  IOException cause() {
    return Objects.requireNonNull(getCause());
  }

  boolean isDamage() {
    return isDamage(this);
  }

  /// Whether files of the index are damaged, missing or of another version, so that opening it
  /// again would not help.
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

  /// The disk is nearly full: the rest is reserved for rollouts, as the index can be rebuilt.
  static final class NoSpace extends SearchIndexException {
    NoSpace() {
      super(new IOException("the disk is nearly full and the rest is reserved for rollouts"));
    }
  }
}
