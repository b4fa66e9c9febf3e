package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checks configuration and rules with promtool, and runs the unit tests of the rules: restarts,
/// several instances, a single skip.
class PrometheusFilesTest {
  private static final Path TESTS = Path.of("src/test/prometheus");

  /// promtool requires that the token file exists.
  @Test
  void configurationAndRulesAreValid(@TempDir Path directory) throws Exception {
    var rules = RepositoryFiles.PROMETHEUS.resolve("rollbook.rules.yml");
    Files.copy(rules, directory.resolve(rules.getFileName()));
    var token = Files.writeString(directory.resolve("token"), "rbk_");
    var text = RepositoryFiles.text(RepositoryFiles.PROMETHEUS.resolve("prometheus.yml"));
    assertThat(text).contains("credentials_file: " + RepositoryFiles.PROMETHEUS_TOKEN + "\n");
    var config = directory.resolve("prometheus.yml");
    Files.writeString(config, text.replace(RepositoryFiles.PROMETHEUS_TOKEN, token.toString()));

    promtool("check", "config", config.toString());
    promtool("check", "rules", RepositoryFiles.PROMETHEUS.resolve("rollbook.rules.yml").toString());
  }

  @Test
  void theUnitTestsOfTheRulesPass() throws Exception {
    var tests = tests();
    var command = new ArrayList<>(List.of("test", "rules"));
    tests.forEach(test -> command.add(test.toString()));

    var output = promtool(command.toArray(String[]::new));

    assertThat(output.split("SUCCESS", -1)).hasSize(tests.size() + 1);
  }

  @Test
  void everyAlertFiresInOneTestAndIsSilentInAnother() throws IOException {
    for (var alert : AlertRule.all()) {
      var expectations =
          tests().stream()
              .flatMap(file -> RepositoryFiles.yaml(file).at("tests").children())
              .flatMap(test -> test.at("alert_rule_test").children())
              .filter(expected -> expected.at("alertname").text().equals(alert.name()))
              .map(expected -> expected.at("exp_alerts").children().findAny().isPresent());
      assertThat(expectations).as(alert.name()).contains(true, false);
    }
  }

  private static List<Path> tests() throws IOException {
    try (var files = Files.list(TESTS)) {
      return files.sorted().toList();
    }
  }

  private static String promtool(String... arguments) throws Exception {
    var command = new ArrayList<>(List.of(InstalledPrograms.orSkip("promtool").toString()));
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
