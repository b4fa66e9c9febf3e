package dev.rollbook.api.json;

import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.redaction.Redaction;
import dev.rollbook.rollout.RolloutProperties;
import dev.rollbook.web.http.MediaTypes;
import dev.rollbook.web.limits.HttpProperties;
import dev.rollbook.web.limits.RequestMemory;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/// Reads whole JSON bodies of limited size into memory and binds them to records.
@Component
public class RequestBodies {
  /// Memory for a body above this size is allocated as the body arrives, whatever its
  /// Content-Length says.
  private static final int MAX_PREALLOCATED = 1024 * 1024;

  /// Copies of a body in memory: the bytes that were sent and the encoded lines of the rollout;
  /// while the body arrives, the old and the new buffer.
  private static final int COPIES = 2;

  /// Heap used by an item in addition to its bytes.
  private static final int BYTES_PER_ITEM = 512;

  private static final String KEPT = RequestBodies.class.getName();

  private final RequestMemory memory;
  private final Redaction redaction;
  private final long maxBody;
  private final long maxItem;

  RequestBodies(
      HttpProperties http, RolloutProperties rollout, RequestMemory memory, Redaction redaction) {
    this.redaction = redaction;
    this.memory = memory;
    this.maxBody = http.maxBodySize().toBytes();
    this.maxItem = rollout.maxItemSize().toBytes();
  }

  /// A required JSON body.
  ///
  /// @param mediaTypes that are accepted besides JSON
  public <T extends Record> T read(
      HttpServletRequest request, Class<T> type, MediaType... mediaTypes) throws IOException {
    MediaTypes.requireJson(request, mediaTypes);
    return parse(bytes(request), request, type);
  }

  /// An optional JSON body; none is the same as an empty object.
  public <T extends Record> T readOptional(HttpServletRequest request, Class<T> type)
      throws IOException {
    MediaTypes.requireJson(request);
    var bytes = bytes(request);
    return parse(bytes.length == 0 ? new byte[] {'{', '}'} : bytes, request, type);
  }

  private <T extends Record> T parse(byte[] bytes, HttpServletRequest request, Class<T> type) {
    var items = memory.of(request).another();
    IntConsumer counted = count -> items.requireForBody((long) BYTES_PER_ITEM * count);
    try (var body = new JsonBody(bytes, maxItem, redaction, counted)) {
      return body.whole(found -> found.bind(type));
    }
  }

  /// The whole body. It is read once and kept until the request ends, so that a call can be passed
  /// on to another replica and, if that one is gone, handled here.
  public byte[] bytes(HttpServletRequest request) throws IOException {
    if (request.getAttribute(KEPT) instanceof byte[] kept) {
      return kept;
    }
    var bytes = readWhole(request);
    request.setAttribute(KEPT, bytes);
    return bytes;
  }

  private byte[] readWhole(HttpServletRequest request) throws IOException {
    long length = request.getContentLengthLong();
    if (length > maxBody) {
      throw tooLarge();
    }
    if (length >= 0 && length <= RequestMemory.FREE) {
      return readExactly((int) length, request);
    }
    var room = memory.of(request).another();
    if (length >= 0 && length <= MAX_PREALLOCATED) {
      room.requireForBody(COPIES * length);
      return readExactly((int) length, request);
    }
    return readGrowing(length < 0 ? maxBody + 1 : length, request.getInputStream(), room);
  }

  /// @param max upper limit of the size
  private byte[] readGrowing(long max, InputStream in, RequestMemory.RequestReservation room)
      throws IOException {
    var bytes = new byte[RequestMemory.FREE];
    int filled = in.readNBytes(bytes, 0, bytes.length);
    while (filled == bytes.length && filled < max) {
      int next = Math.toIntExact(Math.min(2L * filled, max));
      room.requireForBody((long) COPIES * next);
      bytes = Arrays.copyOf(bytes, next);
      filled += in.readNBytes(bytes, filled, next - filled);
    }
    if (filled > maxBody) {
      throw tooLarge();
    }
    return filled == bytes.length ? bytes : Arrays.copyOf(bytes, filled);
  }

  /// With a known length, exactly as much memory is allocated.
  private static byte[] readExactly(int length, HttpServletRequest request) throws IOException {
    var bytes = new byte[length];
    int read = request.getInputStream().readNBytes(bytes, 0, length);
    return read == length ? bytes : Arrays.copyOf(bytes, read);
  }

  private ItemTooLarge tooLarge() {
    return new ItemTooLarge("the request body", maxBody);
  }
}
