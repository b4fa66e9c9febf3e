package dev.rollbook.watch;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How the watch goes, for those who ask while it does.
///
/// @param behind files with something that was not taken yet
/// @param problems by the path below the home
/// @param unreadable why the home cannot be looked at; null where it can
record WatchReport(
    int threads, long behind, Map<String, String> problems, @Nullable String unreadable) {
  static final WatchReport NONE = new WatchReport(0, 0, Map.of(), null);

  static WatchReport of(WatchedHome home, @Nullable String unreadable) {
    return new WatchReport(home.threads(), home.behind(), home.problems(), unreadable);
  }
}
