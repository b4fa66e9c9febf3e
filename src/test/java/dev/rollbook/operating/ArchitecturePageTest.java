package dev.rollbook.operating;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.util.ClassUtils;

/// What the manual says of packages and classes is so.
class ArchitecturePageTest {
  private static final Path MAIN = Path.of("src/main/java/dev/rollbook");
  private static final Path TESTS = Path.of("src/test/java/dev/rollbook");
  private static final Pattern PACKAGE = Pattern.compile("\\| `([a-z.]+)` \\| \\S.* \\|");
  private static final Pattern CLASS = Pattern.compile("(?:[A-Z][a-z0-9]+){2,}(?:IT)?(?:\\.\\w+)?");

  private static final Pattern FOR_DEVELOPERS =
      Pattern.compile(
          "src/docs/(?:decisions/.*|architecture|benchmarks|development|durability)\\.md");

  private final ManualPage page = RepositoryFiles.page("architecture.md");

  @Test
  void theTableHasARowForEachPackageOnly() throws IOException {
    var described =
        page.section("## Packages")
            .lines()
            .map(PACKAGE::matcher)
            .filter(row -> row.matches())
            .map(row -> row.group(1))
            .collect(toCollection(TreeSet::new));
    var packages = packages();

    assertThat(minus(packages, described)).as("packages without a row").isEmpty();
    assertThat(minus(described, packages)).as("rows without a package").isEmpty();
  }

  /// In backticks, as `Words` or `Words.CONSTANT`. Classes of libraries have their package there,
  /// and only the pages for users name types of other languages.
  @Test
  void everyClassThatPagesForDevelopersNameExists() throws IOException {
    var named =
        RepositoryFiles.manual().stream()
            .filter(manual -> FOR_DEVELOPERS.matcher(manual.file().toString()).matches())
            .flatMap(manual -> manual.code(CLASS))
            .map(name -> name.replaceFirst("\\..*", ""))
            .filter(name -> !ClassUtils.isPresent("java.lang." + name, null))
            .collect(toCollection(TreeSet::new));
    var classes = classes(MAIN);
    classes.addAll(classes(TESTS));

    assertThat(minus(named, classes)).as("names of classes that do not exist").isEmpty();
  }

  private static Set<String> minus(Set<String> names, Set<String> others) {
    var left = new TreeSet<>(names);
    left.removeAll(others);
    return left;
  }

  private static Set<String> packages() throws IOException {
    try (var files = Files.walk(MAIN)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(file -> MAIN.relativize(file.getParent()).toString().replace('/', '.'))
          .filter(name -> !name.isEmpty())
          .collect(toCollection(TreeSet::new));
    }
  }

  private static Set<String> classes(Path root) throws IOException {
    try (var files = Files.walk(root)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .collect(toCollection(TreeSet::new));
    }
  }
}
