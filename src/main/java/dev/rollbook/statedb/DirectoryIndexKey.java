package dev.rollbook.statedb;

import dev.rollbook.model.DirectoryKeys;
import dev.rollbook.text.Unicode;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Key of a directory in a database index. Its length is limited, because PostgreSQL indexes values
/// of up to 2 700 bytes.
public final class DirectoryIndexKey {
  private static final int MAX_LENGTH = 500;

  private DirectoryIndexKey() {}

  /// Equal for all spellings of a directory.
  public static @Nullable String of(@Nullable String directory) {
    if (directory == null) {
      return null;
    }
    var key = DirectoryKeys.key(directory);
    return key.length() <= MAX_LENGTH ? key : Unicode.cut(key, MAX_LENGTH) + " " + digest(key);
  }

  private static UUID digest(String key) {
    return UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8));
  }
}
