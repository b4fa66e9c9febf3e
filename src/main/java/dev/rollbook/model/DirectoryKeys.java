package dev.rollbook.model;

import dev.rollbook.text.Unicode;
import java.util.Locale;
import java.util.regex.Pattern;

/// Normalized keys of directories: two paths with equal keys are the same directory.
///
/// Paths are compared by key, and shown as they were sent. A path that begins with a drive letter
/// or with two backslashes is a Windows path. In a Windows path both `\` and `/` are separators,
/// the drive letter may have either case, and the prefix `\\?\` is ignored. In all other paths `\`
/// is an ordinary character. Unicode is compared in NFC.
public final class DirectoryKeys {
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:(?:[/\\\\].*)?", Pattern.DOTALL);
  private static final Pattern LONG_PREFIX =
      Pattern.compile("[\\\\/]{2}\\?[\\\\/](UNC[\\\\/])?", Pattern.CASE_INSENSITIVE);
  private static final Pattern SEPARATORS = Pattern.compile("/+");

  private DirectoryKeys() {}

  /// The key of a directory.
  public static String key(String path) {
    var text = Unicode.composed(path);
    var plain = withoutLongPrefix(text);
    if (DRIVE.matcher(plain).matches()) {
      var slashes = trimmed(plain.replace('\\', '/'));
      return slashes.substring(0, 1).toLowerCase(Locale.ROOT) + slashes.substring(1);
    }
    if (plain.startsWith("\\\\")) {
      return "/" + trimmed(plain.substring(1).replace('\\', '/'));
    }
    return trimmed(text);
  }

  /// Whether it is a Windows path.
  public static boolean isWindowsPath(String path) {
    return path.startsWith("\\\\")
        || (path.length() > 1 && path.charAt(1) == ':' && DRIVE.matcher(path).matches());
  }

  /// Prefix of the keys of all directories below this one.
  ///
  /// @param directory a key
  public static String inside(String directory) {
    return directory.endsWith("/") ? directory : directory + "/";
  }

  /// `\\?\C:\work` is `C:\work`, and `\\?\UNC\host\share` is `\\host\share`.
  private static String withoutLongPrefix(String path) {
    var prefix = LONG_PREFIX.matcher(path);
    if (!path.startsWith("\\") || !prefix.lookingAt()) {
      return path;
    }
    var rest = path.substring(prefix.end());
    return prefix.group(1) == null ? rest : "\\\\" + rest;
  }

  /// Collapses repeated separators and removes a trailing one, except that of a root.
  private static String trimmed(String path) {
    var single = SEPARATORS.matcher(path).replaceAll("/");
    boolean isRoot = single.equals("/") || single.matches("[A-Za-z]:/?");
    if (isRoot) {
      return single.equals("/") ? single : single.substring(0, 2) + "/";
    }
    return single.endsWith("/") ? single.substring(0, single.length() - 1) : single;
  }
}
