package dev.rollbook.operating;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// README and manual hang together, and name only what exists.
class ManualTest {
  private static final Pattern TEST = Pattern.compile("\\w+(?:Test|IT|Benchmark)");

  /// A promise that names a test which does not exist is kept by nothing.
  @Test
  void everyNamedTestExists() throws IOException {
    try (var sources = Files.walk(Path.of("src/test/java"))) {
      var classes =
          sources
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".java"))
              .map(name -> name.substring(0, name.length() - ".java".length()))
              .collect(Collectors.toSet());

      assertThat(RepositoryFiles.manual().stream().flatMap(page -> page.code(TEST)))
          .isNotEmpty()
          .isSubsetOf(classes);
    }
  }

  @Test
  void everyLinkLeadsToAFileAndToAHeadingInIt() {
    var broken = new ArrayList<String>();
    for (var page : RepositoryFiles.manual()) {
      for (var link : page.links()) {
        if (!isExternal(link) && !leadsSomewhere(page, link)) {
          broken.add(page.file() + ": " + link);
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  @Test
  void everyPageIsReachedFromTheReadme() {
    var pages = RepositoryFiles.manual().stream().collect(toMap(ManualPage::file, page -> page));
    var reached = new HashSet<Path>();
    var next = new ArrayDeque<>(List.of(RepositoryFiles.README));
    while (!next.isEmpty()) {
      var page = pages.get(next.poll());
      if (page != null && reached.add(page.file())) {
        page.links().forEach(link -> next.add(target(page, link)));
      }
    }

    assertThat(reached).isEqualTo(pages.keySet());
  }

  @Test
  void everyTableOfContentsListsAllSections() {
    for (var page : RepositoryFiles.manual()) {
      var sections =
          page.headings(2).stream().map(heading -> "#" + ManualPage.anchor(heading)).toList();
      if (sections.size() > 1 && !page.file().equals(RepositoryFiles.README)) {
        assertThat(page.links()).as("links in %s", page.file()).containsAll(sections);
      }
    }
  }

  /// A comment would be a command for an interactive zsh, a placeholder a redirection.
  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void everyCommandIsOneOfThisShell(String shell) throws Exception {
    var program = InstalledPrograms.orSkip(shell).toString();
    for (var page : RepositoryFiles.manual()) {
      for (var block : page.shellBlocks()) {
        var process = new ProcessBuilder(program, "-n").redirectErrorStream(true).start();
        try (var input = process.outputWriter(StandardCharsets.UTF_8)) {
          input.write(block);
        }
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as("%s%n%s%n%s", page.file(), block, output).isZero();
        assertThat(block.lines()).as(page.file().toString()).noneMatch(ManualTest::isNotPasteable);
      }
    }
  }

  private static boolean isNotPasteable(String line) {
    return line.startsWith("#") || line.contains(" #") || line.matches(".*<[a-zA-Z]+>.*");
  }

  private static boolean isExternal(String link) {
    return link.matches("[a-z]+:.*");
  }

  private static boolean leadsSomewhere(ManualPage from, String link) {
    var file = target(from, link);
    if (!Files.exists(file)) {
      return false;
    }
    int anchor = link.indexOf('#');
    return anchor < 0
        || new ManualPage(file, RepositoryFiles.text(file))
            .anchors()
            .contains(link.substring(anchor + 1));
  }

  private static Path target(ManualPage from, String link) {
    var path = link.replaceFirst("#.*", "");
    return path.isEmpty() ? from.file() : from.file().resolveSibling(path).normalize();
  }
}
