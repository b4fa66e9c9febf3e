package dev.rollbook.packaged.monitoring;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON logs, spans sent to a collector, and exemplars of the packaged service.
class TracingIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String TRACEPARENT = "00-%s-00f067aa0ba902b7-01".formatted(TRACE);

  @TempDir Path dataDir;
  @TempDir Path logs;
  private OtlpCollector collector;

  @BeforeEach
  void collect() throws Exception {
    collector = OtlpCollector.start();
  }

  @AfterEach
  void end() {
    collector.close();
  }

  @Test
  void aRequestContinuesTheTraceOfItsCallerInLogsSpansAndExemplars() throws Exception {
    try (var service = PackagedService.start(dataDir, logs, settings())) {
      var client = service.client();
      var thread = client.startThread();
      expect(200, client.post(thread(thread) + "/discard"));
      var body = RollbookClient.body("1").getBytes(StandardCharsets.UTF_8);
      var answer =
          client.send(
              "POST",
              thread(thread) + "/items",
              body,
              "content-type",
              "application/json",
              "traceparent",
              TRACEPARENT);
      assertThat(expect(200, answer).at("persistence", "reason")).isEqualTo("recorder_removed");

      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> collector.received(HexFormat.of().parseHex(TRACE)));
      await().until(() -> exemplars(client).contains(TRACE));
      assertThat(service.stop()).isEqualTo(143);

      var lines = service.stdout().stream().map(TracingIT::parse).toList();
      assertThat(skips(lines))
          .singleElement()
          .satisfies(line -> {
            assertThat(line.path("threadId").stringValue()).isEqualTo(thread);
            assertThat(line.path("traceId").stringValue()).isEqualTo(TRACE);
            assertThat(line.path("spanId").stringValue()).hasSize(16);
            assertThat(line.at("/log/level").stringValue()).isEqualTo("WARN");
          });
      assertThat(service.stderr()).isEmpty();
    }
  }

  private String settings() {
    return "export LOGGING_STRUCTURED_FORMAT_CONSOLE=ecs SPRING_PROFILES_ACTIVE=tracing"
        + " MANAGEMENT_OPENTELEMETRY_TRACING_EXPORT_OTLP_ENDPOINT=http://127.0.0.1:%d/v1/traces;"
            .formatted(collector.port());
  }

  private static String exemplars(RollbookClient client) {
    return client
        .get("/actuator/prometheus", "accept", "application/openmetrics-text; version=1.0.0")
        .text();
  }

  private static JsonNode parse(String line) {
    return JsonMapper.shared().readTree(line);
  }

  private static List<JsonNode> skips(List<JsonNode> lines) {
    return lines.stream()
        .filter(line -> line.path("message").stringValue("").contains("persistence skipped"))
        .toList();
  }
}
