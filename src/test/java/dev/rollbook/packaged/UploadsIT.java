package dev.rollbook.packaged;

import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Uploads may pause longer than other bodies, but do not delay a shutdown.
class UploadsIT {
  private static final String LINE = "{\"type\":\"x\",\"payload\":1}\n";

  @TempDir Path logs;
  @TempDir Path dataDir;
  private PackagedService service;
  private RollbookClient client;

  private void start(String settings) {
    service = PackagedService.start(dataDir, logs, settings);
    client = service.client();
  }

  @AfterEach
  void kill() {
    service.close();
  }

  @Test
  void anUploadMayPauseUntilItsTimeoutAndThenGetsItsReceipt() throws Exception {
    start(
        "SERVER_TOMCAT_CONNECTION_TIMEOUT=1s SERVER_TOMCAT_KEEP_ALIVE_TIMEOUT=60s"
            + " ROLLBOOK_HTTP_UPLOAD_TIMEOUT=4s");
    assertMayPause(true);
    assertMayPause(false);
    assertThat(service.stop()).isEqualTo(143);
    assertThat(service.stderr()).isEmpty();
    assertThat(service.stdout()).noneMatch(line -> line.contains("ERROR"));
  }

  @Test
  void aShutdownEndsUploadsWithTheirReceipts() throws Exception {
    start("");
    var silent = client.startThread();
    var refused = client.startThread();
    try (var upload = OpenUpload.chunked(service.port(), items(silent)).send(LINE);
        var rest = OpenUpload.chunked(service.port(), items(refused)).send("{bad\n")) {
      await().until(() -> client.lines(silent).size() == 3);
      assertThat(rest.end().status()).isEqualTo(400);
      service.sigterm();

      var problem = upload.answer();

      assertThat(problem.status()).isEqualTo(503);
      assertThat(problem.at("code")).isEqualTo("persistence_unavailable");
      assertThat(problem.at("retryable")).isEqualTo("true");
      assertThat(problem.at("receipt", "accepted")).isEqualTo("1");
      assertThat(service.awaitExit()).isEqualTo(143);
    }
    assertThat(service.stderr()).isEmpty();
    assertThat(service.stdout()).noneMatch(line -> line.contains("WARN") || line.contains("ERROR"));
  }

  private void assertMayPause(boolean chunked) throws IOException {
    var thread = client.startThread();
    var path = items(thread);
    try (var upload =
        chunked
            ? OpenUpload.chunked(service.port(), path)
            : OpenUpload.ofLength(service.port(), path, 1000)) {
      upload.send(LINE);
      await().until(() -> client.lines(thread).size() == 3);
      assertThat(answerToAStalledJsonBody(path)).isEqualTo("HTTP/1.1 408");
      upload.send(LINE);
      await().until(() -> client.lines(thread).size() == 4);

      var problem = upload.send(LINE.strip()).answer();

      assertThat(problem.status()).isEqualTo(408);
      assertThat(problem.at("code")).isEqualTo("request_timeout");
      assertThat(problem.at("receipt", "accepted")).isEqualTo("2");
      assertThat(client.lines(thread)).hasSize(4);
    }
  }

  private String items(String thread) {
    return turn(thread, client.startTurn(thread)) + "/items";
  }

  private String answerToAStalledJsonBody(String path) throws IOException {
    try (var socket = new Socket("127.0.0.1", service.port())) {
      socket.setSoTimeout(30_000);
      var head =
          "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
              .formatted(path);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    }
  }
}
