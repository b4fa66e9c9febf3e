package dev.rollbook.web;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// JSON and NDJSON are compressed for clients that ask for it; nothing else is.
class ResponseCompressionHttpTest extends HttpTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private String thread = "";

  @BeforeEach
  void fill() {
    thread = client.startThread();
    expect(200, client.post(thread(thread) + "/items", body("\"" + "x".repeat(10_000) + "\"")));
  }

  @AfterEach
  void close() {
    http.close();
  }

  @ParameterizedTest
  @CsvSource({"/items,application/json", "/items,application/x-ndjson"})
  void itemsAreCompressedForThoseWhoAsk(String path, String type) throws Exception {
    var plain = send("GET", path, "Accept", type);
    var compressed = send("GET", path, "Accept", type, "Accept-Encoding", "br, gzip;q=0.5");

    assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
    assertThat(plain.headers().firstValue("Vary").orElseThrow())
        .containsIgnoringCase("Accept-Encoding");
    assertThat(compressed.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(compressed.headers().firstValue("Vary").orElseThrow())
        .containsIgnoringCase("Accept-Encoding");
    assertThat(compressed.body().length).isLessThan(plain.body().length / 2);
    try (var in = new GZIPInputStream(new ByteArrayInputStream(compressed.body()))) {
      assertThat(in.readAllBytes()).isEqualTo(plain.body());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"identity", "br", "gzip;q=0"})
  void othersGetPlainBytes(String accepted) throws Exception {
    assertIsPlain(send("GET", "/items", "Accept-Encoding", accepted));
  }

  @Test
  void aSmallResponseIsNotCompressed() throws Exception {
    assertIsPlain(send("GET", "/gaps", "Accept-Encoding", "gzip"));
  }

  /// Its ETag and its ranges are those of the bytes of the file.
  @Test
  void aRolloutIsNeverCompressed() throws Exception {
    var bytes = Files.readAllBytes(rollout(thread));

    var whole = send("GET", "/rollout", "Accept-Encoding", "gzip");
    assertIsPlain(whole);
    assertThat(whole.body()).isEqualTo(bytes);
    assertThat(whole.headers().firstValue("ETag").orElseThrow()).startsWith("\"");
    assertThat(whole.headers().firstValue("Accept-Ranges")).hasValue("bytes");

    var part = send("GET", "/rollout", "Accept-Encoding", "gzip", "Range", "bytes=10-8009");
    assertThat(part.statusCode()).isEqualTo(206);
    assertIsPlain(part);
    assertThat(part.body()).hasSize(8000);
  }

  @Test
  void aHeadRequestGetsTheHeadersOfAGet() throws Exception {
    var head = send("HEAD", "/items", "Accept-Encoding", "gzip");

    assertThat(head.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(head.headers().firstValue("Content-Length")).isEmpty();
    assertThat(head.body()).isEmpty();
  }

  @Test
  void anEventStreamIsNotCompressed() throws Exception {
    var request = request("GET", "/events?after=-1", "Accept-Encoding", "gzip");
    var answer = http.send(request, BodyHandlers.ofInputStream());

    try (InputStream events = answer.body()) {
      assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/event-stream");
      assertIsPlain(answer);
      assertThat(events.read()).isPositive();
    }
  }

  private static void assertIsPlain(HttpResponse<?> answer) {
    assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
  }

  private HttpResponse<byte[]> send(String method, String path, String... headers)
      throws IOException, InterruptedException {
    return http.send(request(method, path, headers), BodyHandlers.ofByteArray());
  }

  private HttpRequest request(String method, String path, String... headers) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + thread(thread) + path))
        .method(method, BodyPublishers.noBody())
        .headers(headers)
        .build();
  }
}
