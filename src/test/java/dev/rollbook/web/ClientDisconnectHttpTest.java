package dev.rollbook.web;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractTurnHttpTest;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client that disconnects causes no log line.
class ClientDisconnectHttpTest extends AbstractTurnHttpTest {

  /// A connection is reset or closed in order: the service meets another error in each case.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDisconnectDuringTheRequestWritesAndLogsNothing(boolean reset) throws IOException {
    var json = body("\"half\"");
    var head =
        """
        POST %s/items HTTP/1.1\r
        Host: localhost\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        """
            .formatted(turn(thread, turn), json.length());
    double before = handled("POST");

    send(head + json.substring(0, json.length() / 2), 0, reset);

    assertHandledInSilence("POST", before);
    assertThat(client.lines(thread)).hasSize(2);
    expect(200, client.append(thread, turn, "1"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDisconnectDuringALargeResponseLogsNothing(boolean reset) throws IOException {
    var megabytes = "\"" + "x".repeat(6_000_000) + "\"";
    for (int n = 0; n < 4; n++) {
      expect(200, client.append(thread, turn, megabytes));
    }
    double before = handled("GET");

    send(
        "GET %s/items HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n"
            .formatted(thread(thread)),
        100_000,
        reset);

    assertHandledInSilence("GET", before);
    assertThat(client.lines(thread)).hasSize(6);
  }

  private void send(String request, int bytesToRead, boolean reset) throws IOException {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(30_000);
      socket.setSoLinger(reset, 0);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().readNBytes(bytesToRead)).hasSize(bytesToRead);
    }
  }

  private void assertHandledInSilence(String method, double before) {
    await().until(() -> handled(method) > before);
    await().during(Duration.ofMillis(300)).until(() -> loggedOutsideJobs(Level.WARN).isEmpty());
  }

  /// Requests on items that have come to their end, well or not.
  private double handled(String method) {
    return metric(
        "http_server_requests_seconds_count\\{.*method=\"%s\".*/items\"".formatted(method));
  }
}
