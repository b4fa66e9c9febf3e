package dev.rollbook.statedb.listing;

import dev.rollbook.model.DirectoryKeys;
import dev.rollbook.model.Unicode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A text that threads are looked for by: part of their name, preview or cwd, whatever its case and
/// normal form. A directory of Windows is found in all its spellings.
///
/// @param forms any of which is to be found in any of [#places]
public record ThreadText(List<String> forms) {

  /// @param wanted as it was typed
  public static ThreadText of(String wanted) {
    var path =
        DirectoryKeys.isWindowsPath(wanted)
            ? Stream.of(DirectoryKeys.key(wanted))
            : Stream.<String>of();
    return new ThreadText(
        Stream.concat(Stream.of(wanted), path).map(Unicode::folded).distinct().toList());
  }

  /// The texts of a thread, in the form that is compared.
  public static List<String> places(
      @Nullable String name, @Nullable String preview, @Nullable String cwd) {
    var places = new ArrayList<String>();
    for (var text : new @Nullable String[] {name, preview, cwd}) {
      if (text != null) {
        places.add(Unicode.folded(text));
      }
    }
    if (cwd != null && DirectoryKeys.isWindowsPath(cwd)) {
      var key = Unicode.folded(DirectoryKeys.key(cwd));
      places.add(key);
      places.add(key.replace('/', '\\'));
    }
    return places;
  }

  boolean isIn(@Nullable String name, @Nullable String preview, @Nullable String cwd) {
    return places(name, preview, cwd).stream()
        .anyMatch(place -> forms.stream().anyMatch(place::contains));
  }
}
