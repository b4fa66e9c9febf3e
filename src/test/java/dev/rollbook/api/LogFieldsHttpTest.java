package dev.rollbook.api;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.turn;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Structured fields of log lines.
class LogFieldsHttpTest extends HttpTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  private String thread;
  private String turn;

  @BeforeEach
  void threadWhoseRolloutIsGone() throws IOException {
    thread = client.startThread();
    turn = client.startTurn(thread);
    Files.delete(rollout(thread));
  }

  @Test
  void aSkipIsLoggedWithThreadTurnAndTraceIdOfTheCaller() {
    appendWith("traceparent", "00-%s-%s-01".formatted(TRACE, SPAN));

    assertThat(fieldsOfTheSkip())
        .containsOnly(
            Map.entry("threadId", thread),
            Map.entry("turnId", turn),
            Map.entry("traceId", TRACE),
            Map.entry("spanId", SPAN));
  }

  @Test
  void anInvalidTraceparentIsIgnored() {
    appendWith("traceparent", "00-%s-%s".formatted(TRACE.toUpperCase(Locale.ROOT), SPAN));

    assertThat(fieldsOfTheSkip()).containsOnlyKeys("threadId", "turnId");
  }

  private void appendWith(String... headers) {
    var all = new ArrayList<>(List.of("content-type", "application/json"));
    all.addAll(List.of(headers));
    var body = RollbookClient.body("1").getBytes(UTF_8);
    var path = turn(thread, turn) + "/items";
    var receipt = expect(200, client.send("POST", path, body, all.toArray(String[]::new)));
    assertThat(receipt.at("persistence", "reason")).isEqualTo("rollout_missing");
  }

  private Map<String, String> fieldsOfTheSkip() {
    return loggedEvents().stream()
        .filter(event -> event.getFormattedMessage().startsWith("rollout persistence skipped: "))
        .filter(event -> event.getFormattedMessage().contains(thread))
        .findFirst()
        .map(ILoggingEvent::getMDCPropertyMap)
        .orElseThrow();
  }
}
