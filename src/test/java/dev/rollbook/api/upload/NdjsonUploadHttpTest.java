package dev.rollbook.api.upload;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractTurnHttpTest;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RollbookClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// NDJSON uploads: one item per line, written as they arrive.
class NdjsonUploadHttpTest extends AbstractTurnHttpTest {
  private static final int LARGEST = 8 * 1024 * 1024;
  private String path;

  @BeforeEach
  void uploadToTheTurn() {
    path = turn(thread, turn) + "/items";
  }

  @Test
  void aLineCanBeReadBeforeTheUploadEnds() throws IOException {
    try (var upload = OpenUpload.chunked(port, path)) {
      upload.send(line("1"));
      await().until(() -> payloads().equals(List.of("1")));
      upload.send(line("2") + line("3") + "{\"type\"");
      await().until(() -> payloads().equals(List.of("1", "2", "3")));

      var receipt = upload.send(":\"x\",\"payload\":4}").end();

      assertThat(receipt.status()).isEqualTo(200);
      assertThat(receipt.at("turnStatus")).isEqualTo("inProgress");
      assertThat(receipt.at("accepted")).isEqualTo("4");
      assertThat(receipt.at("firstOrdinal")).isEqualTo("2");
      assertThat(receipt.at("lastOrdinal")).isEqualTo("5");
      assertThat(receipt.at("persistence")).isEqualTo("{\"status\":\"persisted\"}");
      assertThat(payloads()).containsExactly("1", "2", "3", "4");
    }
  }

  @Test
  void linesOutsideATurnAreAccepted() {
    var receipt = expect(200, upload(thread(thread) + "/items", line("1") + line("2")));

    assertThat(receipt.at("turnId")).isEqualTo("null");
    assertThat(receipt.at("turnStatus")).isEqualTo("null");
    assertThat(receipt.at("accepted")).isEqualTo("2");
  }

  /// Lines, CRLF and characters of two to four bytes are cut wherever a chunk ends.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64})
  void chunksMayEndAtAnyByte(int size) throws IOException {
    var texts = List.of("\"ä€😀\"", "{ \"a\" : 1.50e+3 }", "\"\\ud83d\\ude00 \u2028\"", "[]");
    var body =
        (line(texts.get(0))
                + "\r\n\n"
                + item(texts.get(1))
                + "\r\n"
                + line(texts.get(2))
                + item(texts.get(3)))
            .getBytes(StandardCharsets.UTF_8);
    try (var upload = OpenUpload.chunked(port, path)) {
      for (int from = 0; from < body.length; from += size) {
        upload.send(Arrays.copyOfRange(body, from, Math.min(body.length, from + size)));
      }
      assertThat(upload.end().at("accepted")).isEqualTo("4");
    }
    assertThat(payloads()).isEqualTo(texts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n", " \t\n\n\r\n", "  "})
  void anEmptyBodyIsAnsweredWithAReceipt(String body) {
    var receipt = expect(200, upload(path, body));

    assertThat(receipt.at("accepted")).isEqualTo("0");
    assertThat(receipt.at("firstOrdinal")).isEqualTo("null");
    assertThat(receipt.at("lastOrdinal")).isEqualTo("null");
    assertThat(receipt.at("turnStatus")).isEqualTo("inProgress");
    assertThat(receipt.at("persistence", "status")).isEqualTo("persisted");
  }

  static Stream<String> badLines() {
    return Stream.of(
        "{bad",
        "[]",
        "1",
        item("1") + item("2"),
        item("1") + ",",
        "{\"type\":\"x\",",
        "{\"type\":\"x\"}",
        "{\"payload\":1}",
        "{\"type\":\"x\",\"payload\":1,\"other\":1}",
        "{\"type\":\"x\",\"payload\":1,\"payload\":1}",
        "{\"type\":\"x\",\"payload\":" + "[".repeat(300) + "]".repeat(300) + "}",
        "{\"timestamp\":\"today\",\"type\":\"x\",\"payload\":1}",
        "\u0000" + item("1"),
        "\uFEFF" + item("1"));
  }

  @ParameterizedTest
  @MethodSource("badLines")
  void aBadLineKeepsTheLinesBeforeItAndNoneAfter(String bad) {
    assertRefused(1, bad + "\n" + line("1"));
    assertRefused(2, line("1") + bad + "\n" + line("2"));
    assertRefused(4, line("1") + "\n" + line("2") + bad);
    assertThat(payloads()).containsExactly("1", "1", "2");
  }

  @Test
  void bytesThatAreNotUtf8AreABadLine() {
    var bytes = (line("1") + item("\"~\"") + "\n" + line("2")).getBytes(StandardCharsets.UTF_8);
    bytes[new String(bytes, StandardCharsets.UTF_8).indexOf('~')] = (byte) 0xC3;

    var problem = expect(400, send(path, bytes));

    assertThat(problem.at("detail")).startsWith("line 2: line is not UTF-8: bad byte at 23");
    assertThat(payloads()).containsExactly("1");
  }

  @Test
  void theProblemNamesTheLineThePointerAndTheKeptItems() {
    var problem = expect(400, upload(path, line("1") + "\n{\"type\":\"x\"}\n" + line("2")));

    assertThat(problem.contentType()).isEqualTo("application/problem+json");
    assertThat(problem.header("connection")).isEqualTo("close");
    assertThat(problem.at("code")).isEqualTo("invalid_request");
    assertThat(problem.at("detail"))
        .isEqualTo("line 3: /payload is missing; items persisted before it: 1");
    assertThat(problem.json().path("errors").path(0).path("pointer").stringValue())
        .isEqualTo("/payload");
    assertThat(problem.at("receipt", "accepted")).isEqualTo("1");
    assertThat(problem.at("receipt", "turnStatus")).isEqualTo("inProgress");
    assertThat(problem.at("receipt", "lastOrdinal")).isEqualTo("2");
  }

  @Test
  void aLineIsAcceptedUpToTheMaximumItemSize() {
    var largest = item("\"" + "x".repeat(LARGEST - item("\"\"").length()) + "\"");
    var larger = largest.replaceFirst("x", "xx");

    assertThat(expect(200, upload(path, largest + "\r\n" + largest)).at("accepted")).isEqualTo("2");
    for (var rest : List.of("", "\n", "\r\n" + line("2"))) {
      var problem = expect(413, upload(path, line("1") + larger + rest));
      assertThat(problem.at("code")).isEqualTo("item_too_large");
      assertThat(problem.at("detail"))
          .startsWith(
              "line 2: the line is larger than 8388608 bytes; items persisted before it: 1");
      assertThat(problem.at("receipt", "accepted")).isEqualTo("1");
    }
  }

  @Test
  void anEndlessLineIsRejectedAndNotBuffered() throws IOException {
    var piece = "x".repeat(LARGEST / 2).getBytes(StandardCharsets.UTF_8);
    try (var upload = OpenUpload.chunked(port, path)) {
      upload.send(line("1"));
      for (int i = 0; i < 8; i++) {
        upload.send(piece);
      }
      var problem = upload.end();

      assertThat(problem.status()).isEqualTo(413);
      assertThat(problem.head()).contains("Connection: close");
      assertThat(problem.at("receipt", "accepted")).isEqualTo("1");
    }
  }

  @Test
  void anUploadHasNoMaximumLength() {
    int lines = 100_000;
    var body = new StringBuilder();
    IntStream.range(0, lines).forEach(n -> body.append(line(Integer.toString(n))));

    var receipt = expect(200, upload(path, body.toString()));

    assertThat(receipt.at("accepted")).isEqualTo("100000");
    assertThat(receipt.at("lastOrdinal")).isEqualTo("100001");
    assertThat(payloads())
        .isEqualTo(IntStream.range(0, lines).mapToObj(Integer::toString).toList());
  }

  @Test
  void aDuplicateItemIsNotWrittenTwice() throws IOException {
    var a = "{\"id\":\"a\",\"type\":\"x\",\"payload\":1}\n";
    try (var upload = OpenUpload.chunked(port, path)) {
      upload.send(a + a.replace("\"a\"", "\"b\"") + a);
      await().until(() -> payloads().size() == 2);
      var receipt = upload.send(a + line("2")).end();

      assertThat(receipt.at("accepted")).isEqualTo("3");
      assertThat(receipt.at("duplicates")).isEqualTo("2");
      assertThat(receipt.at("firstOrdinal")).isEqualTo("2");
      assertThat(receipt.at("lastOrdinal")).isEqualTo("4");
    }
    var again = expect(200, upload(path, a));
    assertThat(again.at("accepted")).isEqualTo("0");
    assertThat(again.at("lastOrdinal")).isEqualTo("2");
  }

  @Test
  void anExpectedOrdinalIsThatOfTheFirstItem() {
    var conflict = expect(409, upload(path + "?expectedOrdinal=3", line("1") + line("2")));
    assertThat(conflict.at("code")).isEqualTo("ordinal_conflict");
    assertThat(conflict.at("nextOrdinal")).isEqualTo("2");
    assertThat(conflict.at("receipt", "accepted")).isEqualTo("0");
    assertThat(payloads()).isEmpty();

    expect(200, upload(path + "?expectedOrdinal=2", line("1") + line("2")));
    expect(400, upload(path + "?expectedOrdinal=-1", line("1")));
    expect(400, upload(path + "?expectedOrdinal=x", line("1")));
  }

  @ParameterizedTest
  @CsvSource({
    "application/x-ndjson; charset=utf-8,200",
    "APPLICATION/X-NDJSON,200",
    "application/x-ndjsonx,415",
    "application/ndjson,415",
    "text/plain,415"
  })
  void onlyTheNdjsonMediaTypeIsAccepted(String type, int status) {
    var bytes = line("1").getBytes(StandardCharsets.UTF_8);

    expect(status, client.send("POST", path, bytes, "content-type", type));
    expect(415, client.send("POST", "/v1/threads", bytes, "content-type", "application/x-ndjson"));
  }

  @Test
  void appendsConcurrentWithAnUploadLeaveNoHoles() throws Exception {
    int appends = 50;
    try (var upload = OpenUpload.chunked(port, path);
        var beside = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> others =
          beside.submit(() ->
              IntStream.range(0, appends).forEach(n -> client.append(thread, turn, "\"json\"")));
      while (!others.isDone()) {
        upload.send(line("1") + line("2"));
      }
      others.get();
      assertThat(upload.end().status()).isEqualTo(200);
    }
    var lines = client.lines(thread);
    assertThat(lines).hasSizeGreaterThan(appends + 2);
    assertThat(
            lines.stream()
                .map(text -> JsonMapper.shared().readTree(text).path("ordinal").longValue()))
        .isEqualTo(LongStream.range(0, lines.size()).boxed().toList());
  }

  private void assertRefused(int line, String body) {
    var problem = expect(400, upload(path, body));
    assertThat(problem.at("detail")).startsWith("line " + line + ": ");
  }

  private Answer upload(String to, String body) {
    return send(to, body.getBytes(StandardCharsets.UTF_8));
  }

  private Answer send(String to, byte[] body) {
    return client.send("POST", to, body, "content-type", "application/x-ndjson");
  }

  /// Payloads of the items of the turn as they were sent.
  private List<String> payloads() {
    return client.lines(thread).stream()
        .filter(text -> text.contains("\"type\":\"x\""))
        .map(text -> text.substring(text.indexOf("\"payload\":") + 10, text.length() - 1))
        .toList();
  }

  private static String line(String payload) {
    return item(payload) + "\n";
  }

  private static String item(String payload) {
    return "{\"type\":\"x\",\"payload\":%s}".formatted(payload);
  }
}
