package dev.rollbook.operating;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What Prometheus' own tool says of the files, and of what the rules make of series that were made
/// up: restarts, several instances, one single skip.
class PrometheusFilesTest {
  private static final Path TESTS = Path.of("src/test/prometheus");

  @Test
  void theConfigurationAndTheRulesItNamesAreValid() throws Exception {
    promtool("check", "config", Sources.PROMETHEUS.resolve("prometheus.yml").toString());
    promtool("check", "rules", Sources.PROMETHEUS.resolve("rollbook.rules.yml").toString());
  }

  @Test
  void theRulesSayWhatTheirTestsExpect() throws Exception {
    var tests = tests();
    var command = new ArrayList<>(List.of("test", "rules"));
    tests.forEach(test -> command.add(test.toString()));

    var told = promtool(command.toArray(String[]::new));

    assertThat(told.split("SUCCESS", -1)).hasSize(tests.size() + 1);
  }

  @Test
  void everyAlertFiresInSomeTestAndStaysSilentInAnother() throws IOException {
    for (var alert : Alert.all()) {
      var expectations =
          tests().stream()
              .flatMap(file -> Sources.yaml(file).at("tests").children())
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
    var command = new ArrayList<>(List.of(Programs.orPassOver("promtool").toString()));
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(told).isZero();
    return told;
  }
}
