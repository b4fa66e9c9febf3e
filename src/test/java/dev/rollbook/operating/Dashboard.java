package dev.rollbook.operating;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The Grafana dashboard, as it is provisioned.
public record Dashboard(JsonNode json) {
  /// A query of a panel.
  public record Query(String panel, String expression) {}

  public static Dashboard ofRollbook() {
    var file = RepositoryFiles.GRAFANA.resolve(Path.of("dashboards", "rollbook.json"));
    return new Dashboard(JsonMapper.shared().readTree(RepositoryFiles.text(file)));
  }

  /// All panels, including row headings.
  Stream<JsonNode> panels() {
    return json.path("panels").valueStream();
  }

  /// Every query, as Grafana asks it once its variables have a value; those of the marks on the
  /// time axis too.
  public List<Query> queries(Map<String, String> variables) {
    var ofPanels =
        panels()
            .flatMap(panel -> queries(panel.path("title").stringValue(), panel.path("targets")));
    return Stream.concat(ofPanels, queries("marks", json.at("/annotations/list")))
        .map(query -> new Query(query.panel(), replaced(query.expression(), variables)))
        .toList();
  }

  private static Stream<Query> queries(String panel, JsonNode targets) {
    return targets.valueStream().map(target -> new Query(panel, target.path("expr").stringValue()));
  }

  private static String replaced(String expression, Map<String, String> variables) {
    var text = expression;
    for (var variable : variables.entrySet()) {
      text = text.replace("$" + variable.getKey(), variable.getValue());
    }
    return text;
  }
}
