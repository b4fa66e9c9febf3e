package dev.rollbook.api;

import dev.rollbook.model.RollbookException.InvalidRequest;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Refuses bodies that are not UTF-8: the JSON parser skips over strings without looking.
final class Utf8 {
  private static final int CHUNK = 4096;
  private static final int MAX_SEQUENCE = 4;

  private Utf8() {}

  static void require(byte[] body) {
    requireNoGuess(body, 0, body.length);
    int bad = firstBad(body);
    if (bad < body.length) {
      throw new InvalidRequest("", "body is not UTF-8: bad byte at " + bad);
    }
  }

  /// Where the first byte stands that is not UTF-8; the length if all are.
  static int firstBad(byte[] body) {
    return firstBad(body, 0, body.length);
  }

  /// The same for the bytes from `from` to `to`, which is returned if all are.
  static int firstBad(byte[] body, int from, int to) {
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    var bytes = ByteBuffer.wrap(body, from, to - from);
    var chars = CharBuffer.allocate(Math.min(CHUNK, to - from + 1));
    while (true) {
      var result = decoder.decode(bytes, chars.clear(), true);
      if (result.isError()) {
        return bytes.position();
      }
      if (result.isUnderflow()) {
        return to;
      }
    }
  }

  /// The length without a sequence at the end that has just begun.
  static int wholeSequences(byte[] bytes, int length) {
    int last = length - 1;
    while (last > 0 && length - last < MAX_SEQUENCE && (bytes[last] & 0xC0) == 0x80) {
      last--;
    }
    if (last < 0 || bytes[last] >= 0) {
      return length;
    }
    int sequence = Math.max(1, Integer.numberOfLeadingZeros(~(bytes[last] << 24)));
    return length - last < sequence ? last : length;
  }

  /// Zeros or a byte order mark at the start would make the parser guess another encoding.
  static void requireNoGuess(byte[] body, int from, int to) {
    for (int i = from; i < Math.min(from + 4, to); i++) {
      if (body[i] == 0 || (i == from && body[i] == (byte) 0xEF)) {
        throw new InvalidRequest("", "body is not plain UTF-8 JSON: bad byte at " + (i - from));
      }
    }
  }
}
