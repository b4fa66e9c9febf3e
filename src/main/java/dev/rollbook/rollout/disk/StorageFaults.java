package dev.rollbook.rollout.disk;

import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import java.nio.file.FileSystemException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Classifies storage failures (disk full, or any other) into a skip reason, a message and an
/// exception.
public final class StorageFaults {
  private static final int MAX_CAUSE_LENGTH = 200;

  private StorageFaults() {}

  /// Whether the disk is full. Java has no exception type for that, so the message of the operating
  /// system decides.
  public static boolean isFull(Throwable failure) {
    var words = words(failure).toLowerCase(Locale.ROOT);
    return words.contains("no space left") || words.contains("quota exceeded");
  }

  /// The skip reason of a failure.
  public static SkipReason reason(Throwable failure) {
    return isFull(failure) ? SkipReason.STORAGE_FULL : SkipReason.STORAGE_FAILED;
  }

  /// The message of a skip; with the cause unless the reason says it all.
  public static String message(ThreadId thread, Throwable failure) {
    return isFull(failure)
        ? SkipReason.STORAGE_FULL.message(thread)
        : SkipReason.STORAGE_FAILED.message(thread) + ": " + shortCause(failure);
  }

  /// The exception for a caller whose request needs the storage that failed.
  public static PersistenceUnavailable unavailable(ThreadId thread, Throwable failure) {
    return new PersistenceUnavailable(thread, reason(failure), message(thread, failure), failure);
  }

  /// The exception for a request that is not about one thread.
  ///
  /// @param what failed
  public static PersistenceUnavailable unavailable(String what, Throwable failure) {
    return new PersistenceUnavailable(reason(failure), what + ": " + shortCause(failure), failure);
  }

  /// The cause in one short line without the path, for log messages.
  public static String shortCause(Throwable failure) {
    var words = words(failure).replaceAll("\\s+", " ").strip();
    return words.length() <= MAX_CAUSE_LENGTH
        ? words
        : words.substring(0, MAX_CAUSE_LENGTH) + "...";
  }

  private static String words(Throwable failure) {
    var message = said(failure);
    return message == null || message.isBlank() ? kind(failure) : message;
  }

  private static @Nullable String said(Throwable failure) {
    if (failure instanceof FileSystemException about) {
      return about.getReason() == null ? kind(failure) : about.getReason();
    }
    return failure.getMessage();
  }

  /// `AccessDeniedException` becomes `access denied`.
  private static String kind(Throwable failure) {
    return failure
        .getClass()
        .getSimpleName()
        .replaceAll("(Exception|Error)$", "")
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }
}
