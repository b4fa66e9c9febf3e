package dev.rollbook.operating;

import java.util.List;

/// An alert of the Prometheus rules.
record AlertRule(String name, String severity, YamlNode annotations) {
  static List<AlertRule> all() {
    return RepositoryFiles.yaml(RepositoryFiles.PROMETHEUS.resolve("rollbook.rules.yml"))
        .at("groups")
        .children()
        .flatMap(group -> group.at("rules").children())
        .filter(rule -> rule.at("alert").exists())
        .map(rule ->
            new AlertRule(
                rule.at("alert").text(),
                rule.at("labels", "severity").text(),
                rule.at("annotations")))
        .toList();
  }
}
