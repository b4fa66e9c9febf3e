package dev.rollbook.statedb;

import dev.rollbook.model.DirectoryKeys;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The indexed form of a directory, whatever its length: PostgreSQL indexes up to 2 700 bytes.
public final class DirectoryIndexKey {
  private static final int LONGEST = 500;

  private DirectoryIndexKey() {}

  /// The same for all spellings of a directory.
  public static @Nullable String ofDirectory(@Nullable String directory) {
    if (directory == null) {
      return null;
    }
    var key = DirectoryKeys.key(directory);
    return key.length() <= LONGEST ? key : beginning(key) + " " + digest(key);
  }

  private static String beginning(String key) {
    return key.substring(0, LONGEST - (Character.isHighSurrogate(key.charAt(LONGEST - 1)) ? 1 : 0));
  }

  private static UUID digest(String key) {
    return UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8));
  }
}
