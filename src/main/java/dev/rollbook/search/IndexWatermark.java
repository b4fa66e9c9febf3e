package dev.rollbook.search;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.projection.SearchableText;
import dev.rollbook.projection.TranscriptReader.TurnPosition;
import dev.rollbook.search.IndexWatermark.MirrorFilter;
import dev.rollbook.statedb.ThreadRow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

/// Position up to which a thread is indexed, and the state that is needed to continue from there.
/// The watermark is committed together with the documents of the thread.
///
/// @param next the ordinal after the last line that was read
/// @param items item count of the row when the thread was indexed; as long as the row has this
///   count, no item is new
/// @param createdAt creation time of the thread, because a deleted thread may have had the same id
/// @param leftOut last ordinal of the inherited items, which are indexed only for the parent; -1
///   for none
/// @param place the turn that is in progress after the last line that was read
record IndexWatermark(
    long next, long items, long createdAt, long leftOut, TurnPosition place, MirrorFilter mirrors) {
  private static final String NEXT = "next";
  private static final String ITEMS = "items";
  private static final String CREATED = "created";
  private static final String LEFT_OUT = "leftOut";
  private static final String OWN = "own";
  private static final String OUTER = "outer";
  private static final String SEEN = "seen";

  static IndexWatermark start(ThreadRow row, long leftOut) {
    return new IndexWatermark(
        0,
        0,
        row.provenance().createdAt().toEpochMilli(),
        leftOut,
        TurnPosition.START,
        new MirrorFilter());
  }

  IndexWatermark after(long nextOrdinal, long itemCount, TurnPosition nextPlace) {
    return new IndexWatermark(nextOrdinal, itemCount, createdAt, leftOut, nextPlace, mirrors);
  }

  boolean isOf(ThreadRow row) {
    return createdAt == row.provenance().createdAt().toEpochMilli();
  }

  static IndexWatermark of(Document stored) {
    return new IndexWatermark(
        number(stored, NEXT),
        number(stored, ITEMS),
        number(stored, CREATED),
        number(stored, LEFT_OUT),
        new TurnPosition(
            turn(stored, IndexFields.TURN), number(stored, OWN) == 1, turn(stored, OUTER)),
        MirrorFilter.of(stored.getBinaryValue(SEEN).bytes));
  }

  Document document(ThreadId thread) {
    var document = new Document();
    document.add(new StringField(IndexFields.MARK, thread.toString(), Store.YES));
    document.add(new NumericDocValuesField(IndexFields.MARK, 1));
    document.add(new StoredField(NEXT, next));
    document.add(new StoredField(ITEMS, items));
    document.add(new StoredField(CREATED, createdAt));
    document.add(new StoredField(LEFT_OUT, leftOut));
    document.add(new StoredField(OWN, place.own() ? 1L : 0L));
    document.add(new StoredField(SEEN, mirrors.bytes()));
    turn(document, IndexFields.TURN, place.turn());
    turn(document, OUTER, place.outer());
    return document;
  }

  private static void turn(Document document, String name, @Nullable TurnId turn) {
    if (turn != null) {
      document.add(new StoredField(name, turn.toString()));
    }
  }

  private static @Nullable TurnId turn(Document stored, String name) {
    var turn = stored.get(name);
    return turn == null ? null : TurnId.parse(turn);
  }

  private static long number(Document stored, String name) {
    return stored.getField(name).numericValue().longValue();
  }

  /// Filter for a message that Codex wrote twice, as an event for the screen and as an item for the
  /// model, so that a search finds it once. It remembers the last texts of a turn.
  ///
  /// The same text in two items of one kind was said twice, so both items are indexed.
  static final class MirrorFilter {
    private static final int MAX_TEXTS = 32;
    private static final int ENTRY_BYTES = 2 * Long.BYTES;

    /// From digests of texts to those of the kinds of item that said them first.
    private final Map<Long, Long> kinds = new LinkedHashMap<>();

    static MirrorFilter of(byte[] bytes) {
      var repeats = new MirrorFilter();
      for (var buffer = ByteBuffer.wrap(bytes); buffer.remaining() >= ENTRY_BYTES; ) {
        repeats.kinds.put(buffer.getLong(), buffer.getLong());
      }
      return repeats;
    }

    /// @param scope a text is looked for in the same scope only
    /// @return whether another kind of item said the same a moment ago
    boolean isTwin(Object scope, SearchableText passage) {
      long text = digest(scope + "/" + passage.text());
      long kind = digest(String.valueOf(passage.kind()));
      var first = kinds.putIfAbsent(text, kind);
      if (kinds.size() > MAX_TEXTS) {
        kinds.remove(kinds.keySet().iterator().next());
      }
      return first != null && first != kind;
    }

    byte[] bytes() {
      var buffer = ByteBuffer.allocate(kinds.size() * ENTRY_BYTES);
      kinds.forEach((text, kind) -> buffer.putLong(text).putLong(kind));
      return buffer.array();
    }

    private static long digest(String text) {
      var bytes = text.getBytes(StandardCharsets.UTF_8);
      return StringHelper.murmurhash3_x64_128(bytes, 0, bytes.length, 1)[0];
    }
  }
}
