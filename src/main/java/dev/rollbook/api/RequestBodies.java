package dev.rollbook.api;

import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.rollout.RolloutProperties;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/// Reads the body of a request as a whole, within its bound, and hands it to what takes it apart.
@Component
class RequestBodies {
  /// Memory for more is only taken as it arrives.
  private static final int TAKEN_AT_ITS_WORD = 1024 * 1024;

  private final long maxBody;
  private final long maxItem;

  RequestBodies(HttpProperties http, RolloutProperties rollout) {
    this.maxBody = http.maxBodySize().toBytes();
    this.maxItem = rollout.maxItemSize().toBytes();
  }

  /// A JSON body that has to be there.
  <T> T read(HttpServletRequest request, Function<JsonBody, T> parse) throws IOException {
    return parse(bytes(request), parse);
  }

  /// A JSON body that may be left out, which means an empty object.
  <T> T readOptional(HttpServletRequest request, Function<JsonBody, T> parse) throws IOException {
    var bytes = bytes(request);
    return parse(bytes.length == 0 ? new byte[] {'{', '}'} : bytes, parse);
  }

  private <T> T parse(byte[] bytes, Function<JsonBody, T> parse) {
    try (var body = new JsonBody(bytes, maxItem)) {
      return body.whole(parse);
    }
  }

  private byte[] bytes(HttpServletRequest request) throws IOException {
    long length = request.getContentLengthLong();
    if (length > maxBody) {
      throw tooLarge();
    }
    if (length >= 0 && length <= TAKEN_AT_ITS_WORD) {
      return exactly((int) length, request);
    }
    var bytes = request.getInputStream().readNBytes(Math.toIntExact(maxBody + 1));
    if (bytes.length > maxBody) {
      throw tooLarge();
    }
    return bytes;
  }

  /// Where the length is known no more memory is taken than it needs.
  private static byte[] exactly(int length, HttpServletRequest request) throws IOException {
    var bytes = new byte[length];
    int read = request.getInputStream().readNBytes(bytes, 0, length);
    return read == length ? bytes : Arrays.copyOf(bytes, read);
  }

  private ItemTooLarge tooLarge() {
    return new ItemTooLarge("the body of the request", maxBody);
  }
}
