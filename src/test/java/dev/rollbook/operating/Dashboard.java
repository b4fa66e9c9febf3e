package dev.rollbook.operating;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The Grafana dashboard, as it is provisioned.
public record Dashboard(JsonNode json) {
  private static final String ROW_OF_REPLICAS = "Replicas";

  /// A query of a panel.
  public record Query(String row, String panel, String expression) {
    /// Whether it has an answer only if the service has replicas.
    public boolean isOfReplicas() {
      return row.equals(ROW_OF_REPLICAS);
    }
  }

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
    var found = new ArrayList<Query>();
    var row = "";
    for (var panel : panels().toList()) {
      var title = panel.path("title").stringValue();
      if (panel.path("type").stringValue().equals("row")) {
        row = title;
      } else {
        add(row, title, panel.path("targets"), found);
      }
    }
    add("", "marks", json.at("/annotations/list"), found);
    return found.stream()
        .map(
            query -> new Query(query.row(), query.panel(), replaced(query.expression(), variables)))
        .toList();
  }

  private static void add(String row, String panel, JsonNode targets, List<Query> found) {
    targets
        .valueStream()
        .forEach(target -> found.add(new Query(row, panel, target.path("expr").stringValue())));
  }

  private static String replaced(String expression, Map<String, String> variables) {
    var text = expression;
    for (var variable : variables.entrySet()) {
      text = text.replace("$" + variable.getKey(), variable.getValue());
    }
    return text;
  }
}
