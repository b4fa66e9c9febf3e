package dev.rollbook.packaged.monitoring;

import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.operating.RepositoryFiles;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// A real Prometheus that watches a service with the files of this repository, made quick: it looks
/// once a second, and minutes are seconds.
final class Prometheus implements AutoCloseable {
  /// What the 5 minutes of the rules become.
  static final int WINDOW_SECONDS = 8;

  private static final Pattern PORT = Pattern.compile("Listening on\" address=127.0.0.1:(\\d+)");

  private final Process process;
  private final Path log;
  private final RollbookClient http;

  private Prometheus(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.http = new RollbookClient(await().until(this::port, Optional::isPresent).orElseThrow());
    await().until(() -> http.get("/-/ready").status() == 200);
  }

  /// @param token for the service
  static Prometheus start(Path directory, int servicePort, String token) throws IOException {
    var home = Files.createTempDirectory(directory, "prometheus");
    var tokenFile = Files.writeString(home.resolve("token"), token);
    write(home, "prometheus.yml", text -> scraping(text, servicePort, tokenFile));
    write(home, "rollbook.rules.yml", Prometheus::quick);
    var log = home.resolve("log");
    var process =
        new ProcessBuilder(
                InstalledPrograms.orSkip("prometheus").toString(),
                "--config.file=" + home.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + home.resolve("data"),
                "--web.listen-address=127.0.0.1:0",
                "--enable-feature=exemplar-storage")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new Prometheus(process, log);
  }

  /// The samples that an expression has now.
  List<JsonNode> query(String expression) {
    var answer = ask("/api/v1/query?query=" + encoded(expression));
    return answer.path("result").valueStream().toList();
  }

  /// The labels of everything that was scraped or recorded.
  List<JsonNode> series() {
    var match = encoded("{job=\"rollbook\"}");
    return ask("/api/v1/series?match%5B%5D=" + match).valueStream().toList();
  }

  /// Alerts that fire now: their name, and the reason where there is one.
  Set<String> firing() {
    return alerts("ALERTS{alertstate=\"firing\"}");
  }

  /// Alerts that fired at any time since the start.
  Set<String> fired() {
    return alerts("last_over_time(ALERTS{alertstate=\"firing\"}[1h])");
  }

  private Set<String> alerts(String expression) {
    return query(expression).stream()
        .map(alert -> alert.path("metric"))
        .map(labels ->
            (labels.path("alertname").stringValue() + " " + labels.path("reason").stringValue(""))
                .strip())
        .collect(Collectors.toSet());
  }

  private JsonNode ask(String path) {
    return RollbookClient.expect(200, http.get(path)).json().path("data");
  }

  private Optional<Integer> port() throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError("did not start: " + Files.readString(log));
    }
    return PORT.matcher(Files.readString(log))
        .results()
        .map(found -> Integer.valueOf(found.group(1)))
        .findFirst();
  }

  private static String scraping(String text, int servicePort, Path tokenFile) {
    var address = replaced(text, "rollbook:8080", "127.0.0.1:" + servicePort);
    var token = replaced(address, RepositoryFiles.PROMETHEUS_TOKEN, tokenFile.toString());
    return replaced(
        replaced(token, "interval: 15s", "interval: 1s"), "timeout: 10s", "timeout: 1s");
  }

  private static String quick(String text) {
    var windows = replaced(text, "[5m]", "[" + WINDOW_SECONDS + "s]");
    var youth = replaced(windows, "time() - 300", "time() - " + WINDOW_SECONDS);
    return youth.replaceAll("for: \\d+m", "for: 1s");
  }

  private static String replaced(String text, String what, String with) {
    if (!text.contains(what)) {
      throw new AssertionError(what + " is not in:\n" + text);
    }
    return text.replace(what, with);
  }

  private static void write(Path home, String name, UnaryOperator<String> edit) throws IOException {
    var text = RepositoryFiles.text(RepositoryFiles.PROMETHEUS.resolve(name));
    Files.writeString(home.resolve(name), edit.apply(text));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
