package dev.rollbook.api.errors;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractTurnHttpTest;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Invalid bodies, parameters and paths are rejected with a problem; nothing is written or logged.
class InvalidInputHttpTest extends AbstractTurnHttpTest {
  private static final String ITEM = "{\"type\":\"x\",\"payload\":1}";

  private byte[] before;

  @BeforeEach
  void readRollout() throws IOException {
    before = Files.readAllBytes(rollout(thread));
  }

  @AfterEach
  void nothingIsWrittenAndNothingLogged() throws IOException {
    assertThat(Files.readAllBytes(rollout(thread))).isEqualTo(before);
    assertThat(loggedOutsideJobs(Level.INFO)).isEmpty();
    expect(200, client.complete(thread, turn));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          not json                                            | ``
          {"items":[{"type":"x","payload":1}                  | /items/0
          {"items":[{"type":"x","payload":1}]} {}             | ``
          []                                                  | ``
          {}                                                  | ``
          {"items":[]}                                        | /items
          {"items":{}}                                        | /items
          {"items":null}                                      | /items
          {"items":[1]}                                       | /items/0
          {"items":[{"type":"x","payload":1},{"payload":1}]}  | /items/1/type
          {"items":[{"type":"x"}]}                            | /items/0/payload
          {"items":[{"type":7,"payload":1}]}                  | /items/0/type
          {"items":[{"type":" ","payload":1}]}                | /items/0/type
          {"items":[{"type":"x","payload":1,"more":1}]}       | /items/0/more
          {"items":[{"type":"x","payload":1}],"more":1}       | /more
          {"items":[{"type":"x","type":"y","payload":1}]}     | /items/0/type
          {"items":[{"type":"x","payload":1,"id":5}]}         | /items/0/id
          {"items":[{"type":"x","payload":1,"timestamp":"1"}]}| /items/0/timestamp
          {"items":[{"type":"\\ud800","payload":1}]}          | /items/0/type
          {"items":[{"type":"x","payload":{"a":tru}}]}        | /items/0/payload/a
          {"items":[{"type":"x","payload":1}],"expectedOrdinal":-1}   | /expectedOrdinal
          {"items":[{"type":"x","payload":1}],"expectedOrdinal":"1"}  | /expectedOrdinal
          {"items":[{"type":"x","payload":1}],"expectedOrdinal":99999999999999999999} | /expectedOrdinal
          """)
  void anInvalidAppendIsRejectedWithAPointerToTheError(String body, String pointer) {
    assertInvalid(client.post(turn(thread, turn) + "/items", body), pointer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"id":"1-1-1-1-1"}            | /id
          {"id":"../../etc/passwd"}     | /id
          {"resumeId":17}               | /resumeId
          {"onResumeFailure":"maybe"}   | /onResumeFailure
          {"persistence":"always"}      | /persistence
          {"name":["x"]}                | /name
          {"name":"a\\u0000b"}          | /name
          {"cwd":"\\udc00"}             | /cwd
          {"metadata":"x"}              | /metadata
          {"metadata":[]}               | /metadata
          {"colour":"red"}              | /colour
          """)
  void anInvalidThreadStartIsRejectedWithAPointerToTheError(String body, String pointer) {
    assertInvalid(client.post("/v1/threads", body), pointer);
  }

  @ParameterizedTest
  @CsvSource({
    "?limit=0,limit",
    "?limit=101,limit",
    "?limit=x,limit",
    "?limit=99999999999,limit",
    "?cursor=xyz,cursor",
    "?cursor=..%2F..%2Fetc,cursor",
    "?sort=name,sort",
    "?direction=up,direction",
    "?archived=2,archived",
    "?cwd=../../etc,cwd",
    "?q=..%2Fx,q",
    "?source=a/../b,source"
  })
  void anInvalidParameterIsRejectedByName(String query, String pointer) {
    assertInvalid(client.get("/v1/threads" + query), pointer);
  }

  @ParameterizedTest
  @CsvSource({"/v1/threads/xyz,threadId", "/v1/threads/1-1-1-1-1/items,threadId"})
  void anInvalidIdIsRejected(String path, String pointer) {
    assertInvalid(client.get(path), pointer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/threads/..%2F..%2Fetc%2Fpasswd",
        "/v1/threads/..%5C..%5Cetc/rollout",
        "/v1/threads/%00",
        "/v1/threads/;a=b/../x%2e%2e%2f"
      })
  void aPathWithDotSegmentsIsRejectedWithAProblem(String path) throws IOException {
    var answer = raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    assertThat(answer)
        .matches("(?s)HTTP/1.1 4\\d\\d .*")
        .contains("application/problem+json", "\"code\":");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%761/threads",
        "/v1/thread%73",
        "/%61ctuator/health",
        "/v1//threads",
        "//v1/threads",
        "/v1/threads;x=1",
        "/v1;/threads",
        "/v1/./threads",
        "/x/../v1/threads",
        "/v1/threads/.",
        "/v1/%2e/threads",
        "/v1/threads%2fx",
        "/v1\\threads",
        "/v1/threads%5cx",
        "/v1/threads%3bx",
        "/v1/threads%25",
        "/v1/threads%0a"
      })
  void anEscapedFormOfAPathIsRejected(String path) throws IOException {
    var answer = raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("application/problem+json", "\"code\":\"invalid_request\"");
  }

  @Test
  void aBodySentToAnEscapedPathReservesNoMemory() throws IOException {
    var head =
        "POST /%761/threads/x/items HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";

    var answer = raw(head + "Content-Length: 100000\r\n\r\n" + " ".repeat(100_000));

    assertThat(answer).startsWith("HTTP/1.1 400 ");
    await().until(() -> bodyMemory().contains("\"value\":0"));
  }

  /// What all requests take together: those of earlier tests may be about to give theirs back.
  private String bodyMemory() {
    return expect(200, client.get("/actuator/metrics/http.body.memory")).at("measurements");
  }

  @ParameterizedTest
  @MethodSource
  void invalidUtf8IsRejected(byte[] body) {
    assertInvalid(sendItems(body), "");
  }

  static Stream<byte[]> invalidUtf8IsRejected() {
    var text = "{\"items\":[{\"type\":\"x\",\"payload\":\"?\"}]}";
    return Stream.of(
        text.replace('?', '\u00ff').getBytes(StandardCharsets.ISO_8859_1),
        text.replace("?", "\u00c0\u00af").getBytes(StandardCharsets.ISO_8859_1),
        text.replace("?", "\u00ed\u00a0\u0080").getBytes(StandardCharsets.ISO_8859_1),
        text.getBytes(StandardCharsets.UTF_16),
        text.getBytes(StandardCharsets.UTF_16LE),
        ("\ufeff" + text).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aTooLargeItemIsRejected() {
    var problem = expect(413, client.append(thread, turn, "\"" + "x".repeat(9_000_000) + "\""));

    assertThat(problem.at("code")).isEqualTo("item_too_large");
    assertThat(problem.at("detail")).contains("/items/0", "8388608");
  }

  @Test
  void aTooLargeBodyIsRejected() {
    var body = "{\"items\":[" + (ITEM + ",").repeat(1_500_000) + ITEM + "]}";

    assertThat(expect(413, client.post(turn(thread, turn) + "/items", body)).at("code"))
        .isEqualTo("item_too_large");
  }

  @Test
  void aTooDeeplyNestedPayloadIsRejected() {
    var deep = "[".repeat(10_000) + "]".repeat(10_000);

    var problem = expect(400, client.append(thread, turn, deep));
    assertThat(problem.at("code")).isEqualTo("invalid_request");
    assertThat(problem.text().length()).isLessThan(2_000);
  }

  @ParameterizedTest
  @CsvSource({
    "POST,/items,text/plain,415,unsupported_media_type",
    "POST,/items,nonsense,415,unsupported_media_type",
    "PUT,/items,application/json,405,method_not_allowed",
    "POST,/nothing,application/json,404,not_found",
  })
  void aRequestThatNoControllerHandlesIsRejectedWithAProblem(
      String method, String path, String type, int status, String code) {
    var body = "{\"items\":[%s]}".formatted(ITEM).getBytes(StandardCharsets.UTF_8);
    var problem =
        expect(status, client.send(method, turn(thread, turn) + path, body, "content-type", type));

    assertThat(problem.contentType()).isEqualTo("application/problem+json");
    assertThat(problem.at("code")).isEqualTo(code);
  }

  @Test
  void anUnsupportedAcceptHeaderIsNotAcceptable() {
    var problem = expect(406, client.get(thread(thread) + "/items", "accept", "image/png"));

    assertThat(problem.at("code")).isEqualTo("not_acceptable");
  }

  @Test
  void startingATurnOnAnUnknownThreadIsNotFound() {
    assertThat(
            expect(404, client.post(thread(UUID.randomUUID().toString()) + "/turns", "{}"))
                .at("code"))
        .isEqualTo("thread_not_found");
  }

  private RollbookClient.Answer sendItems(byte[] body) {
    return client.send(
        "POST", turn(thread, turn) + "/items", body, "content-type", "application/json");
  }

  private static void assertInvalid(RollbookClient.Answer answer, String pointer) {
    var problem = expect(400, answer);
    assertThat(problem.contentType()).isEqualTo("application/problem+json");
    assertThat(problem.at("code")).isEqualTo("invalid_request");
    assertThat(problem.json().path("errors").path(0).path("pointer").stringValue())
        .isEqualTo(pointer);
    assertThat(problem.json().path("errors").path(0).path("detail").stringValue()).isNotBlank();
  }

  private String raw(String request) throws IOException {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
