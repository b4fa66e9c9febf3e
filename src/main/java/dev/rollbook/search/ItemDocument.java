package dev.rollbook.search;

import dev.rollbook.model.DirectoryKeys;
import dev.rollbook.model.Timestamps;
import dev.rollbook.projection.SearchableText;
import dev.rollbook.projection.TranscriptReader;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.text.Unicode;
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

/// Lucene document of an item.
final class ItemDocument {
  /// Lucene refuses terms of more than 32 766 bytes.
  private static final int MAX_TERM_LENGTH = 8000;

  /// Offsets are stored, so that matches can be highlighted without analysing the text again.
  private static final FieldType TEXT = new FieldType();

  static {
    TEXT.setStored(true);
    TEXT.setTokenized(true);
    TEXT.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS_AND_OFFSETS);
    TEXT.freeze();
  }

  private final Document document = new Document();

  private ItemDocument() {}

  static Document of(
      ThreadRow thread,
      RolloutLine line,
      TranscriptReader.TranscriptLine read,
      SearchableText passage,
      boolean isTwin) {
    var item = new ItemDocument();
    var id = thread.id().toString();
    item.word(IndexFields.THREAD, id);
    item.document.add(new SortedDocValuesField(IndexFields.THREAD, new BytesRef(id)));
    item.number(IndexFields.ORDINAL, line.ordinal());
    item.number(
        IndexFields.AT,
        Timestamps.parse(line.timestamp(), thread.provenance().createdAt()).toEpochMilli());
    item.word(IndexFields.TYPE, line.type());
    item.word(IndexFields.KIND, passage.kind());
    item.word(IndexFields.ROLE, passage.role());
    item.term(
        IndexFields.CWD,
        thread.provenance().cwd() == null ? null : DirectoryKeys.key(thread.provenance().cwd()));
    item.term(IndexFields.SOURCE, thread.provenance().source());
    item.term(IndexFields.THREAD_KIND, thread.lineage().kind());
    item.term(IndexFields.TWIN, isTwin ? "1" : null);
    if (read.turn() != null) {
      item.document.add(new StoredField(IndexFields.TURN, read.turn().toString()));
    }
    item.document.add(new Field(IndexFields.TEXT, Unicode.composed(passage.text()), TEXT));
    return item.document;
  }

  /// A value as a term of the index: very long ones are cut.
  static String asTerm(String value) {
    return value.length() <= MAX_TERM_LENGTH ? value : value.substring(0, MAX_TERM_LENGTH);
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
