package dev.rollbook.packaged.monitoring;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.operating.Dashboard;
import dev.rollbook.operating.DocumentedMeter;
import dev.rollbook.operating.InstalledPrograms;
import dev.rollbook.packaged.AgentClients;
import dev.rollbook.packaged.PackagedService;
import dev.rollbook.packaged.PartialRequest;
import dev.rollbook.packaged.SmallDisk;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What operators see of the packaged service through a real Prometheus with a token file: every
/// meter, every panel of the dashboard, and an alert for each of the six skips.
///
/// Where nothing can be mounted the full disk is left out.
@Order(8)
class PrometheusIT {
  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-");
  private static final String SKIPPED = "RolloutPersistenceSkipped ";
  private static final String MEGABYTE = "\"" + "x".repeat(1 << 20) + "\"";
  static final Map<String, String> VARIABLES =
      Map.of(
          "instance", ".+",
          "__rate_interval", Prometheus.WINDOW_SECONDS + "s",
          "__range", "5m");

  @TempDir Path logs;
  @TempDir Path dataDir;
  @TempDir Path codexHome;
  private Optional<SmallDisk> disk = Optional.empty();
  private PackagedService service;
  private Prometheus prometheus;
  private RollbookClient client;
  private String token;

  @BeforeEach
  void start() throws Exception {
    InstalledPrograms.orSkip("prometheus");
    var sessions = dataDir.resolve("sessions");
    var tokens = logs.resolve("tokens.yml");
    token = PackagedService.createToken(tokens, "test", "read,append,manage,operate,metrics");
    var prometheusToken = PackagedService.createToken(tokens, "prometheus", "metrics");
    disk = SmallDisk.mountIfAllowed(sessions, "48m");
    service =
        PackagedService.start(
            dataDir,
            logs,
            """
            export ROLLBOOK_WATCH_CODEXHOME='%s' MANAGEMENT_METRICS_SYSTEM_DISKSPACE_PATHS='%s'
            export ROLLBOOK_SECURITY_TOKENSFILE='%s' ROLLBOOK_REDACTION_PATTERNS_TEST='secret-[0-9]+'
            ulimit -f 8192
            """
                .formatted(codexHome, sessions, tokens));
    client = service.client().withToken(token);
    prometheus = Prometheus.start(logs, service.port(), prometheusToken);
  }

  @AfterEach
  void stop() throws Exception {
    if (prometheus != null) {
      prometheus.close();
    }
    if (service != null) {
      service.close();
    }
    if (disk.isPresent()) {
      disk.get().close();
    }
  }

  @Test
  void everyMeterIsScrapedEveryPanelHasDataAndEachSkipAlertFiresAndClears() throws Exception {
    assertEveryMeterOfTheManualIsScrapedFromTheStart();
    assertWrongTokensOfAnAddressAreRefusedAndRightOnesAreNot();
    var agents = new AgentClients(client, 16, false);
    agents.start(1);

    skipWithoutTheDisksFault();
    breakTheDisk();
    assertEveryPanelShowsSomething();
    agents.stop();
    assertThat(agents.failures()).isEmpty();
    awaitFired(
        SKIPPED + "recorder_removed",
        SKIPPED + "rollout_missing",
        SKIPPED + "thread_not_found",
        SKIPPED + "storage_failed",
        "RolloutPersistenceGapsOpen");
    fillTheDisk();
    awaitNoSkipFiring();

    stopTheService();
    awaitFired("RollbookDown");
    awaitNoSkipFiring();
  }

  private void assertEveryMeterOfTheManualIsScrapedFromTheStart() {
    patiently().until(() -> values("up{job=\"rollbook\"}").equals(List.of("1")));
    assertThat(
            prometheus.query(
                "{__name__=~\"(rollout|threads|turns|events|import|watch|search)_.+\"} != 0"))
        .isEmpty();
    var names =
        prometheus.series().stream()
            .map(labels -> labels.path("__name__").stringValue())
            .collect(Collectors.toSet());
    for (var meter : DocumentedMeter.ofTheManual()) {
      assertThat(names).as(meter.name()).containsAnyElementsOf(meter.namesInPrometheus());
      assertSaysWhatItIs(client, meter);
    }
  }

  private void assertWrongTokensOfAnAddressAreRefusedAndRightOnesAreNot() throws Exception {
    var address = InetAddress.ofLiteral("127.0.0.7");
    try (var elsewhere = new RollbookClient(service.port(), address)) {
      var guessing = elsewhere.withToken(token + "x");
      for (int i = 0; i < 10; i++) {
        expect(401, guessing.get("/v1/threads"));
      }
      var refused = expect(429, guessing.get("/v1/threads"));
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(60, 120);
      expect(200, elsewhere.withToken(token).get("/v1/threads"));
      expect(401, client.withToken(token + "x").get("/v1/threads"));
    }
  }

  static void assertSaysWhatItIs(RollbookClient client, DocumentedMeter meter) {
    var about = expect(200, client.get("/actuator/metrics/" + meter.name()));
    assertThat(about.at("description")).as(meter.name()).isNotBlank();
    assertThat(about.at("baseUnit")).as(meter.name()).isNotIn("", "null");
    assertThat(about.json().path("availableTags").valueStream())
        .as(meter.name())
        .extracting(tag -> tag.path("tag").stringValue())
        .containsExactlyInAnyOrderElementsOf(meter.tags());
  }

  private void skipWithoutTheDisksFault() throws IOException {
    var shut = client.startThread();
    var turnOfShut = client.startTurn(shut);
    expect(200, client.post(thread(shut) + "/shutdown"));
    assertSkipped("recorder_removed", shut, turnOfShut, "1");

    var missing = client.startThread();
    var turnOfMissing = client.startTurn(missing);
    Files.delete(dataDir.resolve(client.get(thread(missing)).at("rollout", "path")));
    assertSkipped("rollout_missing", missing, turnOfMissing, "1");

    var deleted = client.startThread();
    var turnOfDeleted = client.startTurn(deleted);
    expect(204, client.delete(thread(deleted)));
    assertSkipped("thread_not_found", deleted, turnOfDeleted, "1");
  }

  /// No file may grow over 4 MB.
  private void breakTheDisk() {
    var large = client.startThread();
    assertSkipped(
        "storage_failed", large, client.startTurn(large), MEGABYTE, MEGABYTE, MEGABYTE, MEGABYTE);
  }

  private void fillTheDisk() throws IOException {
    if (disk.isEmpty()) {
      System.out.println("a full disk is left out: no file system can be mounted here");
      return;
    }
    var thread = client.startThread();
    var turn = client.startTurn(thread);
    // What could not be written before is tried again, and leaves room where it fails.
    patiently()
        .until(() -> {
          disk.get().fill();
          return expect(200, client.append(thread, turn, "\"" + "x".repeat(10_000) + "\""))
              .at("persistence", "reason")
              .equals("storage_full");
        });
    awaitFired(SKIPPED + "storage_full", "RollbookDiskFilling");
    disk.get().free();
  }

  /// As there is a request that it waits for, it tells of the skip while it stops.
  private void stopTheService() throws Exception {
    var slow = client.startThread();
    var late = client.startThread();
    var turnOfLate = client.startTurn(late);
    try (var request =
        new PartialRequest(
            service.port(),
            thread(slow) + "/items",
            body("\"slow\""),
            "Authorization: Bearer %s\r\n".formatted(token))) {
      patiently().until(() -> metrics().contains("http_server_requests_active_seconds_count{"));
      service.sigterm();
      patiently()
          .until(() ->
              expect(200, client.append(late, turnOfLate, "1"))
                  .at("persistence", "reason")
                  .equals("writer_shutting_down"));
      awaitFired(SKIPPED + "writer_shutting_down");
      assertThat(client.get("/actuator/health/readiness").status()).isEqualTo(503);
      assertThat(client.get("/actuator/health/liveness").status()).isEqualTo(200);
      assertThat(request.finish()).startsWith("HTTP/1.1 200");
    }
    assertThat(service.awaitExit()).isEqualTo(143);
  }

  private void assertSkipped(String reason, String thread, String turn, String... payloads) {
    var receipt = expect(200, client.append(thread, turn, payloads));
    assertThat(receipt.at("persistence", "reason")).isEqualTo(reason);
  }

  /// Each query has to return something at some time; some do only while something happens.
  private void assertEveryPanelShowsSomething() {
    var queries =
        Dashboard.ofRollbook().queries(VARIABLES).stream()
            .filter(query -> !query.isOfReplicas())
            .toList();
    var shown = new LinkedHashMap<Dashboard.Query, List<String>>();
    patiently()
        .untilAsserted(() -> {
          expect(200, client.get("/v1/search?q=fill"));
          queries.stream()
              .filter(query -> !shown.containsKey(query))
              .forEach(query -> keep(query, shown));
          assertThat(shown.keySet()).containsAll(queries);
        });
    queries.forEach(query ->
        System.out.printf(
            "%-22s | %2d series | %-24s | %s%n",
            query.panel(),
            shown.get(query).size(),
            shown.get(query).getFirst(),
            query.expression()));
    assertThat(prometheus.series())
        .as("no thread has series of its own")
        .noneMatch(labels -> ID.matcher(labels.toString()).find());
  }

  private void keep(Dashboard.Query query, Map<Dashboard.Query, List<String>> shown) {
    var numbers =
        values(query.expression()).stream().filter(value -> !value.equals("NaN")).toList();
    if (!numbers.isEmpty()) {
      shown.put(query, numbers);
    }
  }

  private List<String> values(String expression) {
    return prometheus.query(expression).stream()
        .map(sample -> sample.path("value").path(1))
        .map(JsonNode::stringValue)
        .toList();
  }

  private String metrics() {
    return client.get("/actuator/prometheus").text();
  }

  /// On a busy machine the first one may be over when the last one fires.
  private void awaitFired(String... alerts) {
    var since = Instant.now();
    patiently().untilAsserted(() -> assertThat(prometheus.fired()).contains(alerts));
    report(since, "fired: " + String.join(", ", alerts));
  }

  private void awaitNoSkipFiring() {
    var since = Instant.now();
    patiently()
        .untilAsserted(
            () -> assertThat(prometheus.firing()).noneMatch(alert -> alert.startsWith(SKIPPED)));
    report(since, "none fires: " + SKIPPED);
  }

  private static void report(Instant since, String what) {
    System.out.printf("after %5d ms %s%n", since.until(Instant.now(), ChronoUnit.MILLIS), what);
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(200));
  }
}
