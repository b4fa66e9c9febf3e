package dev.rollbook.search;

import dev.rollbook.model.Directories;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.Unicode;
import dev.rollbook.projection.Passage;
import dev.rollbook.projection.Transcript;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRow;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// What the index holds of an item.
final class IndexedItem {
  /// Lucene refuses terms of more than 32 766 bytes.
  private static final int LONGEST_TERM = 8000;

  /// Places in the text are kept, so that matches can be shown without reading it once more.
  private static final FieldType TEXT = new FieldType();

  static {
    TEXT.setStored(true);
    TEXT.setTokenized(true);
    TEXT.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS_AND_OFFSETS);
    TEXT.freeze();
  }

  private final Document document = new Document();

  private IndexedItem() {}

  static Document of(
      ThreadRow thread, RolloutLine line, Transcript.Read read, Passage passage, boolean isTwin) {
    var item = new IndexedItem();
    var id = thread.id().toString();
    item.word(Fields.THREAD, id);
    item.document.add(new SortedDocValuesField(Fields.THREAD, new BytesRef(id)));
    item.number(Fields.ORDINAL, line.ordinal());
    item.number(Fields.AT, Timestamps.parse(line.timestamp(), thread.createdAt()).toEpochMilli());
    item.word(Fields.TYPE, line.type());
    item.word(Fields.KIND, passage.kind());
    item.word(Fields.ROLE, passage.role());
    item.term(Fields.CWD, thread.cwd() == null ? null : Directories.key(thread.cwd()));
    item.term(Fields.SOURCE, thread.source());
    item.term(Fields.THREAD_KIND, thread.kind());
    item.term(Fields.TWIN, isTwin ? "1" : null);
    if (read.turn() != null) {
      item.document.add(new StoredField(Fields.TURN, read.turn().toString()));
    }
    item.document.add(new Field(Fields.TEXT, Unicode.composed(passage.text()), TEXT));
    return item.document;
  }

  /// A value as it stands in the index.
  static String asTerm(String value) {
    return value.length() <= LONGEST_TERM ? value : value.substring(0, LONGEST_TERM);
  }

  private void word(String field, @Nullable String value) {
    if (value != null) {
      document.add(new StringField(field, asTerm(value), Store.YES));
    }
  }

  private void term(String field, @Nullable String value) {
    if (value != null) {
      document.add(new StringField(field, asTerm(value), Store.NO));
    }
  }

  private void number(String field, long value) {
    document.add(new LongPoint(field, value));
    document.add(new NumericDocValuesField(field, value));
    document.add(new StoredField(field, value));
  }
}
