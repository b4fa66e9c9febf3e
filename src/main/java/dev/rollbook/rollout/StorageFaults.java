package dev.rollbook.rollout;

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

  /// One short line without the path, fit for a log message.
  public static String shortCause(Throwable failure) {
    var words = words(failure).replaceAll("\\s+", " ").strip();
    return words.length() <= LONGEST ? words : words.substring(0, LONGEST) + "...";
  }

  private static String words(Throwable failure) {
    var message = reason(failure);
    return message == null || message.isBlank() ? kind(failure) : message;
  }

  private static @Nullable String reason(Throwable failure) {
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
