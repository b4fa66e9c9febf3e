package dev.rollbook.rollout.disk;

import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import java.nio.file.FileSystemException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Tells a full disk from other failures, and says either in a few words.
public final class StorageFaults {
  private static final int LONGEST = 200;

  private StorageFaults() {}

  /// Java has no type for it: the operating system's words are all there is.
  public static boolean isFull(Throwable failure) {
    var words = words(failure).toLowerCase(Locale.ROOT);
    return words.contains("no space left") || words.contains("quota exceeded");
  }

  /// Which kind of skip a failure of the disk is.
  public static SkipReason reason(Throwable failure) {
    return isFull(failure) ? SkipReason.STORAGE_FULL : SkipReason.STORAGE_FAILED;
  }

  /// What is told of it; the cause only where the reason does not say it all.
  public static String message(ThreadId thread, Throwable failure) {
    return isFull(failure)
        ? SkipReason.STORAGE_FULL.message(thread)
        : SkipReason.STORAGE_FAILED.message(thread) + ": " + shortCause(failure);
  }

  /// The answer to a caller who asked for what the disk cannot do now.
  public static PersistenceUnavailable unavailable(ThreadId thread, Throwable failure) {
    return new PersistenceUnavailable(thread, reason(failure), message(thread, failure), failure);
  }

  /// One short line without the path, fit for a log message.
  public static String shortCause(Throwable failure) {
    var words = words(failure).replaceAll("\\s+", " ").strip();
    return words.length() <= LONGEST ? words : words.substring(0, LONGEST) + "...";
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
