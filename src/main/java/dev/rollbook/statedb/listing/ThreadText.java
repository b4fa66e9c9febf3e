package dev.rollbook.statedb.listing;

import dev.rollbook.model.DirectoryKeys;
import dev.rollbook.text.Unicode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Text filter of a list: a part of the name, preview or cwd, regardless of case and Unicode normal
/// form. A Windows directory matches in all its spellings.
///
/// @param forms spellings of the text; a thread matches if one of the [#fields] contains one of
///   them
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

  /// The texts of a thread in the form that is compared.
  public static List<String> fields(
      @Nullable String name, @Nullable String preview, @Nullable String cwd) {
    var fields = new ArrayList<String>();
    for (var text : new @Nullable String[] {name, preview, cwd}) {
      if (text != null) {
        fields.add(Unicode.folded(text));
      }
    }
    if (cwd != null && DirectoryKeys.isWindowsPath(cwd)) {
      var key = Unicode.folded(DirectoryKeys.key(cwd));
      fields.add(key);
      fields.add(key.replace('/', '\\'));
    }
    return fields;
  }

  boolean isIn(@Nullable String name, @Nullable String preview, @Nullable String cwd) {
    return fields(name, preview, cwd).stream()
        .anyMatch(field -> forms.stream().anyMatch(field::contains));
  }
}
