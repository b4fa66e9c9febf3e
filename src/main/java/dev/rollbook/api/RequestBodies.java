package dev.rollbook.api;

import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.rollout.RolloutProperties;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/// Reads the body of a request as a whole, within its bound, and hands it to what takes it apart.
@Component
class RequestBodies {
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
    if (request.getContentLengthLong() > maxBody) {
      throw tooLarge();
    }
    var bytes = request.getInputStream().readNBytes(Math.toIntExact(maxBody + 1));
    if (bytes.length > maxBody) {
      throw tooLarge();
    }
    return bytes;
  }

  private ItemTooLarge tooLarge() {
    return new ItemTooLarge("the body of the request", maxBody);
  }
}
