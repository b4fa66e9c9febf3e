package dev.rollbook.operating;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `api.md` has a table row for each call of the OpenAPI description.
class ApiPageTest {
  private static final Path DESCRIPTION = Path.of("src/main/resources/openapi");
  private static final String THREAD = "/v1/threads/{threadId}";
  private static final Pattern CALL = Pattern.compile("`((?:GET|POST|PUT|PATCH|DELETE) \\S+)`");

  @Test
  void tablesListExactlyTheCallsOfTheApi() throws IOException {
    var described = calls().map(call -> call[0] + " " + call[1]).toList();
    var listed =
        RepositoryFiles.page("api.md")
            .section("## Calls")
            .lines()
            .filter(line -> line.startsWith("| `"))
            .flatMap(row -> CALL.matcher(row.split("\\|")[1]).results())
            .map(call -> call.group(1).replace("...", THREAD).replaceFirst("\\?.*", ""))
            .collect(toCollection(TreeSet::new));

    assertThat(listed).containsExactlyInAnyOrderElementsOf(described);
  }

  @Test
  void everyQueryParameterIsNamed() throws IOException {
    var names =
        files()
            .flatMap(file -> file.at("paths").children())
            .flatMap(YamlNode::children)
            .flatMap(operation -> operation.at("parameters").children())
            .filter(parameter -> parameter.at("in").text().equals("query"))
            .map(parameter -> parameter.at("name").text())
            .collect(toCollection(TreeSet::new));
    var text = RepositoryFiles.page("api.md").text() + RepositoryFiles.page("codex.md").text();

    assertThat(names).contains("limit");
    assertThat(names)
        .allMatch(name -> text.contains("`" + name + "`") || text.contains("?" + name + "="));
  }

  private static Stream<String[]> calls() throws IOException {
    return files()
        .map(file -> file.at("paths"))
        .flatMap(paths ->
            paths.keys().stream()
                .flatMap(path ->
                    paths.at(path).keys().stream()
                        .filter(method -> !method.equals("parameters"))
                        .map(method -> new String[] {method.toUpperCase(Locale.ROOT), path})));
  }

  private static Stream<YamlNode> files() throws IOException {
    try (var files = Files.list(DESCRIPTION)) {
      return files.toList().stream().map(RepositoryFiles::yaml);
    }
  }
}
