package dev.rollbook.search;

import dev.rollbook.history.Passage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.lucene.util.StringHelper;

/// Knows what was said last in a turn: Codex writes each message twice, as an event for the screen
/// and as an item for the model, and an answer is to have it once.
///
/// The same text in two items of one kind is said twice, and so kept twice.
final class Repeats {
  private static final int MOST = 32;
  private static final int ENTRY = 2 * Long.BYTES;

  /// From digests of texts to those of the kinds of item that said them first.
  private final Map<Long, Long> kinds = new LinkedHashMap<>();

  static Repeats of(byte[] bytes) {
    var repeats = new Repeats();
    for (var buffer = ByteBuffer.wrap(bytes); buffer.remaining() >= ENTRY; ) {
      repeats.kinds.put(buffer.getLong(), buffer.getLong());
    }
    return repeats;
  }

  /// @param scope a text is looked for in the same scope only
  /// @return whether another kind of item said the same a moment ago
  boolean isTwin(Object scope, Passage passage) {
    long text = digest(scope + "/" + passage.text());
    long kind = digest(String.valueOf(passage.kind()));
    var first = kinds.putIfAbsent(text, kind);
    if (kinds.size() > MOST) {
      kinds.remove(kinds.keySet().iterator().next());
    }
    return first != null && first != kind;
  }

  byte[] bytes() {
    var buffer = ByteBuffer.allocate(kinds.size() * ENTRY);
    kinds.forEach((text, kind) -> buffer.putLong(text).putLong(kind));
    return buffer.array();
  }

  private static long digest(String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    return StringHelper.murmurhash3_x64_128(bytes, 0, bytes.length, 1)[0];
  }
}
