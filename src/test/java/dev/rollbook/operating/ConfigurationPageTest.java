package dev.rollbook.operating;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `configuration.md` says what the properties records say: their `@param` texts are the manual.
class ConfigurationPageTest {
  private static final String OWN = "rollbook.";
  private static final Pattern KEY =
      Pattern.compile("(?:rollbook|server|spring|management|logging)\\.[a-z][a-z.-]*[a-z]");
  private static final Pattern FILE_NAME = Pattern.compile("rollbook\\.(?:lock|jar|[a-z.]*yml)");
  private static final Pattern DEFAULT = Pattern.compile("(?s)(.*) Default: (.*)\\.");

  private final ManualPage page = RepositoryFiles.page("configuration.md");

  /// A failure shows the row to put there.
  @Test
  void itsRowsAreNamesDefaultsAndDescriptionsOfTheMetadata() throws IOException {
    var expected =
        properties().stream()
            .filter(property -> name(property).startsWith(OWN))
            .map(ConfigurationPageTest::row)
            .toList();

    assertThat(page.rows("`" + OWN)).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void everySettingThatTheManualNamesExists() throws IOException {
    var known = properties().stream().map(ConfigurationPageTest::name).toList();
    var named =
        RepositoryFiles.manual().stream()
            .flatMap(manual -> manual.code(KEY))
            .filter(key -> !FILE_NAME.matcher(key).matches())
            .collect(toCollection(TreeSet::new));

    assertThat(named).contains("server.port").isSubsetOf(known);
  }

  @Test
  void defaultsOfTheServerAreThoseOfTheApplication() {
    var application = RepositoryFiles.yaml(Path.of("src/main/resources/application.yml"));
    for (var row : page.rows("`server.").toList()) {
      var cells = row.split(" ?\\| ?");
      if (cells[2].startsWith("`")) {
        Object[] path = cells[1].replace("`", "").split("\\.");
        assertThat(cells[2]).as(row).isEqualTo("`" + application.at(path) + "`");
      }
    }
  }

  private static String row(JsonNode property) {
    var description = property.at("/description").asString();
    var derived = DEFAULT.matcher(description);
    var value = property.path("defaultValue");
    if (!value.isMissingNode()) {
      return row(property, "`" + value.asString() + "`", description);
    }
    return derived.matches()
        ? row(property, derived.group(2), derived.group(1))
        : row(property, "none", description);
  }

  private static String row(JsonNode property, String defaultValue, String description) {
    return "| `%s` | %s | %s |".formatted(name(property), defaultValue, description);
  }

  private static String name(JsonNode property) {
    return property.at("/name").asString();
  }

  /// Of this service and of all libraries that it runs with.
  private static List<JsonNode> properties() throws IOException {
    var loader = ConfigurationPageTest.class.getClassLoader();
    var properties = new ArrayList<JsonNode>();
    for (var file :
        Collections.list(loader.getResources("META-INF/spring-configuration-metadata.json"))) {
      try (InputStream json = file.openStream()) {
        JsonMapper.shared().readTree(json).at("/properties").forEach(properties::add);
      }
    }
    return properties;
  }
}
