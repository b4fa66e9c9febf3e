package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What the manual says of the project itself is so.
class ManualTest {
  private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT|Benchmark))`");

  /// A promise that names a test which is not there is held by nothing.
  @Test
  void everyTestThatItNamesExists() throws IOException {
    try (var sources = Files.walk(Path.of("src/test/java"))) {
      var classes =
          sources
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".java"))
              .map(name -> name.substring(0, name.length() - ".java".length()))
              .collect(Collectors.toSet());

      assertThat(
              Sources.manual().values().stream()
                  .flatMap(page -> TEST.matcher(page).results())
                  .map(MatchResult::group))
          .extracting(quoted -> quoted.substring(1, quoted.length() - 1))
          .isNotEmpty()
          .isSubsetOf(classes);
    }
  }
}
