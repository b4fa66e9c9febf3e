package dev.rollbook.api.errors;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.HttpTest;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests with invalid headers, media types or ranges are rejected before anything is written,
/// and without a log line.
class RequestRejectionHttpTest extends HttpTest {
  private String thread;
  private byte[] before;

  @BeforeEach
  void startAThread() throws IOException {
    thread = client.startThread();
    before = Files.readAllBytes(rollout(thread));
  }

  @AfterEach
  void nothingIsWrittenAndNothingLogged() throws IOException {
    assertThat(Files.readAllBytes(rollout(thread))).isEqualTo(before);
    assertThat(loggedOutsideJobs(Level.INFO)).isEmpty();
  }

  @Test
  void anUnsupportedAcceptHeaderIsRejectedBeforeItemsAreWritten() throws IOException {
    var turn = client.startTurn(thread);
    before = Files.readAllBytes(rollout(thread));
    var next = client.get(thread(thread)).at("nextOrdinal");

    assertNotAcceptable(turn(thread, turn) + "/items", body("1"));
    assertNotAcceptable(thread(thread) + "/items", body("1"));
    assertNotAcceptable(turn(thread, turn) + "/complete", "{}");

    assertThat(client.get(thread(thread)).at("nextOrdinal")).isEqualTo(next);
    assertThat(client.get(turn(thread, turn)).at("status")).isEqualTo("inProgress");
  }

  @Test
  void anUnsupportedAcceptHeaderIsRejectedBeforeATurnStarts() {
    assertNotAcceptable(thread(thread) + "/turns", "{\"input\":\"hello\"}");

    assertThat(client.get(thread(thread)).at("turnCount")).isEqualTo("0");
    assertThat(client.get(thread(thread)).at("nextOrdinal")).isEqualTo("1");
    assertThat(client.get(thread(thread) + "/turns").json().path("data")).isEmpty();
  }

  @Test
  void anUnsupportedAcceptHeaderIsRejectedBeforeAThreadStarts() throws IOException {
    var id = UUID.randomUUID().toString();
    var source = "refused-" + id;

    assertNotAcceptable("/v1/threads", "{\"id\":\"%s\",\"source\":\"%s\"}".formatted(id, source));

    expect(404, client.get(thread(id)));
    assertThat(client.get("/v1/threads?source=" + source).json().path("data")).isEmpty();
    assertThat(filesNamed(id, dataDir().resolve("sessions"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET   | ?limit=%zz   |
          GET   | ?q=%ff       |
          GET   | ?q=%         |
          POST  |              | multipart/form-data
          POST  |              | application/x-www-form-urlencoded
          PATCH | /{id}        | application/x-www-form-urlencoded
          PATCH | /{id}        | multipart/form-data
          POST  | /{id}/turns  | multipart/form-data
          POST  | /{id}/items  | multipart/form-data
          PUT   | /{id}        | application/x-www-form-urlencoded
          TRACE | /{id}        |
          TRACE |              |
          """)
  void malformedHeadersAndTypesAreRejectedWithAProblem(String method, String path, String type)
      throws IOException {
    var to = "/v1/threads" + (path == null ? "" : path.replace("{id}", thread));

    var answer = raw(method, to, type, type == null ? "" : "name=x&limit=%zz");

    assertThat(answer)
        .matches("(?s)HTTP/1.1 4\\d\\d .*")
        .containsIgnoringCase("Content-Type: application/problem+json")
        .contains("\"code\":\"");
  }

  @Test
  void aRangeAfterTheEndIsNotSatisfiable() {
    var unsatisfiable =
        expect(
            416, client.get(thread(thread) + "/rollout", "range", "bytes=" + before.length + "-"));

    assertThat(unsatisfiable.header("content-range")).isEqualTo("bytes */" + before.length);
    assertThat(unsatisfiable.at("code")).isNotBlank();
    assertThat(unsatisfiable.response().body()).hasSizeLessThan(1_000);
    var last = before.length - 1;
    assertThat(
            expect(206, client.get(thread(thread) + "/rollout", "range", "bytes=" + last + "-"))
                .text())
        .isEqualTo("\n");
  }

  @ParameterizedTest
  @ValueSource(longs = {-2, Long.MAX_VALUE, Long.MIN_VALUE})
  void anOutOfRangeOrdinalIsRejected(long after) {
    for (var accept : new String[] {"application/json", "application/x-ndjson"}) {
      for (var order : new String[] {"", "&order=asc", "&order=desc"}) {
        var path = thread(thread) + "/items?after=" + after + order;
        assertThat(expect(400, client.get(path, "accept", accept)).at("code"))
            .isEqualTo("invalid_request");
      }
    }
  }

  @Test
  void aTooLargeTurnInputIsRejected() {
    var input = "{\"input\":\"%s\"}".formatted("x".repeat(9_000_000));

    assertThat(expect(413, client.post(thread(thread) + "/turns", input)).at("code"))
        .isEqualTo("item_too_large");

    assertThat(client.get(thread(thread)).at("turnCount")).isEqualTo("0");
    assertThat(client.get(thread(thread)).at("status")).isEqualTo("idle");
  }

  private void assertNotAcceptable(String path, String json) {
    var refused =
        expect(
            406,
            client.send(
                "POST",
                path,
                json.getBytes(StandardCharsets.UTF_8),
                "content-type",
                "application/json",
                "accept",
                "text/plain"));
    assertThat(refused.at("code")).isEqualTo("not_acceptable");
  }

  /// What a client library would not send.
  private String raw(String method, String path, String type, String body) throws IOException {
    var head =
        "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".formatted(method, path)
            + (type == null ? "" : "Content-Type: " + type + "\r\n")
            + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n");
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write((head + "\r\n" + body).getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
