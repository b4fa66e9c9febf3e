package dev.rollbook.operating;

import java.util.List;

/// An alert of the Prometheus rules.
record Alert(String name, String severity, Tree annotations) {
  static List<Alert> all() {
    return Sources.yaml(Sources.PROMETHEUS.resolve("rollbook.rules.yml"))
        .at("groups")
        .children()
        .flatMap(group -> group.at("rules").children())
        .filter(rule -> rule.at("alert").exists())
        .map(rule ->
            new Alert(
                rule.at("alert").text(),
                rule.at("labels", "severity").text(),
                rule.at("annotations")))
        .toList();
  }
}
