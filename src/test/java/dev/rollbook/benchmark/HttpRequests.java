package dev.rollbook.benchmark;

import java.nio.charset.StandardCharsets;
import java.util.Collections;

/// HTTP requests of the load, as the bytes that are sent.
final class HttpRequests {
  private static final int ITEM_BYTES = 300;

  private HttpRequests() {}

  static byte[] append(BenchmarkThreads.Conversation to, int batch) {
    var items = String.join(",", Collections.nCopies(batch, item()));
    return post(to.path("v1"), "{\"items\":[" + items + "]}");
  }

  static byte[] post(String path, String body) {
    return ascii(
        "POST %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(path, body.length(), body));
  }

  static byte[] get(String path, String type) {
    return ascii(
        "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/%s\r\n\r\n"
            .formatted(path, type));
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// @return a message whose payload has `ITEM_BYTES` bytes
  private static String item() {
    var payload =
        """
        {"type":"message","role":"user","content":[{"type":"input_text","text":"%s"}]}\
        """;
    var text = "x".repeat(ITEM_BYTES - payload.length() + "%s".length());
    return "{\"type\":\"response_item\",\"payload\":" + payload.formatted(text) + "}";
  }
}
