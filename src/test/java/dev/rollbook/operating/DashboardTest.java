package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Checks the dashboard without a Grafana. `PrometheusIT` runs its queries against a real
/// Prometheus.
class DashboardTest {
  private static final int COLUMNS = 24;
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)");
  private static final List<String> OF_GRAFANA = List.of("__rate_interval", "__range", "__all");

  private final Dashboard dashboard = Dashboard.ofRollbook();

  @Test
  void itHasATitleAndARequiredVersionOfGrafana() {
    var json = dashboard.json();

    assertThat(json.path("uid").stringValue()).isEqualTo("rollbook");
    assertThat(json.path("title").stringValue()).isEqualTo("Rollbook");
    assertThat(json.path("schemaVersion").intValue()).isEqualTo(39);
    assertThat(json.has("id")).as("an id belongs to one Grafana").isFalse();
  }

  @Test
  void everyPanelHasAUniqueIdAndATitle() {
    assertThat(dashboard.panels().map(panel -> panel.path("id").intValue()))
        .doesNotHaveDuplicates()
        .allMatch(id -> id > 0);
    assertThat(dashboard.panels().map(panel -> panel.path("title").stringValue()))
        .doesNotContain("");
  }

  @Test
  void panelsAreOnTheGridAndDoNotOverlap() {
    var cells = new TreeSet<Integer>();
    dashboard.panels().forEach(panel -> cover(panel, cells));
  }

  @Test
  void everyPanelUsesTheSelectedPrometheusAndHasAUnit() {
    data()
        .forEach(panel -> {
          var title = panel.path("title").stringValue();
          assertThat(panel.at("/datasource/type").stringValue()).as(title).isEqualTo("prometheus");
          assertThat(panel.at("/datasource/uid").stringValue())
              .as(title)
              .isEqualTo("${datasource}");
          assertThat(panel.at("/fieldConfig/defaults/unit").stringValue()).as(title).isNotBlank();
          assertThat(panel.path("targets").valueStream().map(target -> target.path("refId")))
              .as(title)
              .isNotEmpty()
              .doesNotHaveDuplicates();
        });
  }

  @Test
  void everyVariableIsDefinedAndEveryDefinedOneIsUsed() {
    var defined =
        dashboard
            .json()
            .at("/templating/list")
            .valueStream()
            .map(variable -> variable.path("name").stringValue())
            .toList();
    var used =
        VARIABLE.matcher(dashboard.json().toString()).results().map(one -> one.group(1)).toList();

    assertThat(used).isSubsetOf(concat(defined, OF_GRAFANA)).containsAll(defined);
  }

  @Test
  void everyQuerySelectsRollbookAndTheSelectedInstances() {
    data()
        .filter(panel -> !panel.path("type").stringValue().equals("table"))
        .flatMap(panel -> panel.path("targets").valueStream())
        .map(target -> target.path("expr").stringValue())
        .forEach(expression ->
            assertThat(expression)
                .contains("{job=\"rollbook\",instance=~\"$instance\"")
                .doesNotContainPattern("[a-z_:]+(?:total|seconds|bytes|open)[)\\[]"));
  }

  @Test
  void ratesUseTheScrapeInterval() {
    var datasource =
        RepositoryFiles.yaml(
                RepositoryFiles.GRAFANA.resolve("provisioning/datasources/prometheus.yml"))
            .at("datasources", 0);

    assertThat(datasource.at("jsonData", "timeInterval"))
        .isEqualTo(
            RepositoryFiles.yaml(RepositoryFiles.PROMETHEUS.resolve("prometheus.yml"))
                .at("global", "scrape_interval"));
    assertThat(datasource.at("isDefault").value()).isEqualTo(true);
  }

  private Stream<JsonNode> data() {
    return dashboard.panels().filter(panel -> !panel.path("type").stringValue().equals("row"));
  }

  private static void cover(JsonNode panel, TreeSet<Integer> cells) {
    var at = panel.path("gridPos");
    assertThat(at.path("x").intValue() + at.path("w").intValue()).isLessThanOrEqualTo(COLUMNS);
    for (int y = 0; y < at.path("h").intValue(); y++) {
      for (int x = 0; x < at.path("w").intValue(); x++) {
        int cell = (at.path("y").intValue() + y) * COLUMNS + at.path("x").intValue() + x;
        assertThat(cells.add(cell)).as(panel.path("title").stringValue()).isTrue();
      }
    }
  }

  private static List<String> concat(List<String> some, List<String> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }
}
