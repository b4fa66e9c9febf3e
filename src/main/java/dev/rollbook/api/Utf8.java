package dev.rollbook.api;

import dev.rollbook.model.RollbookException.InvalidRequest;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Refuses bodies that are not UTF-8: the JSON parser skips over strings without looking.
final class Utf8 {
  private static final int CHUNK = 4096;

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
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    var bytes = ByteBuffer.wrap(body);
    var chars = CharBuffer.allocate(Math.min(CHUNK, body.length + 1));
    while (true) {
      var result = decoder.decode(bytes, chars.clear(), true);
      if (result.isError()) {
        return bytes.position();
      }
      if (result.isUnderflow()) {
        return body.length;
      }
    }
  }

  /// Zeros or a byte order mark at the start would make the parser guess another encoding.
  static void requireNoGuess(byte[] body, int from, int to) {
    for (int i = from; i < Math.min(from + 4, to); i++) {
      if (body[i] == 0 || body[i] == (byte) 0xEF) {
        throw new InvalidRequest("", "body is not plain UTF-8 JSON: bad byte at " + (i - from));
      }
    }
  }
}
