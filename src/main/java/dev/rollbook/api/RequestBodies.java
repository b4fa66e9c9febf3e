package dev.rollbook.api;

import dev.rollbook.api.limit.HttpProperties;
import dev.rollbook.api.limit.RequestMemory;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.rollout.RolloutProperties;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.springframework.stereotype.Component;

/// Reads the body of a request as a whole, within its bound, and hands it to what takes it apart.
@Component
class RequestBodies {
  /// Memory for more is only taken as it arrives.
  private static final int TAKEN_AT_ITS_WORD = 1024 * 1024;

  /// A body is there once as it was sent and once as lines of a rollout; while it grows, as it is
  /// and as it was.
  private static final int TIMES = 2;

  /// What an item takes beside its bytes, as an object and in its line.
  private static final int AN_ITEM = 512;

  private final RequestMemory memory;
  private final long maxBody;
  private final long maxItem;

  RequestBodies(HttpProperties http, RolloutProperties rollout, RequestMemory memory) {
    this.memory = memory;
    this.maxBody = http.maxBodySize().toBytes();
    this.maxItem = rollout.maxItemSize().toBytes();
  }

  /// A JSON body that has to be there.
  <T extends Record> T read(HttpServletRequest request, Class<T> type) throws IOException {
    return parse(bytes(request), request, type);
  }

  /// A JSON body that may be left out, which means an empty object.
  <T extends Record> T readOptional(HttpServletRequest request, Class<T> type) throws IOException {
    var bytes = bytes(request);
    return parse(bytes.length == 0 ? new byte[] {'{', '}'} : bytes, request, type);
  }

  private <T extends Record> T parse(byte[] bytes, HttpServletRequest request, Class<T> type) {
    var items = memory.of(request).another();
    IntConsumer counted = count -> items.requireForBody((long) AN_ITEM * count);
    try (var body = new JsonBody(bytes, maxItem, counted)) {
      return body.whole(found -> found.bind(type));
    }
  }

  private byte[] bytes(HttpServletRequest request) throws IOException {
    long length = request.getContentLengthLong();
    if (length > maxBody) {
      throw tooLarge();
    }
    if (length >= 0 && length <= RequestMemory.FREE) {
      return exactly((int) length, request);
    }
    var room = memory.of(request).another();
    if (length >= 0 && length <= TAKEN_AT_ITS_WORD) {
      room.requireForBody(TIMES * length);
      return exactly((int) length, request);
    }
    return asItArrives(length < 0 ? maxBody + 1 : length, request.getInputStream(), room);
  }

  /// @param most bytes that can come
  private byte[] asItArrives(long most, InputStream in, RequestMemory.Holding room)
      throws IOException {
    var bytes = new byte[RequestMemory.FREE];
    int filled = in.readNBytes(bytes, 0, bytes.length);
    while (filled == bytes.length && filled < most) {
      int next = Math.toIntExact(Math.min(2L * filled, most));
      room.requireForBody((long) TIMES * next);
      bytes = Arrays.copyOf(bytes, next);
      filled += in.readNBytes(bytes, filled, next - filled);
    }
    if (filled > maxBody) {
      throw tooLarge();
    }
    return filled == bytes.length ? bytes : Arrays.copyOf(bytes, filled);
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
