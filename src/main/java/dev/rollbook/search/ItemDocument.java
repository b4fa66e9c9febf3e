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
    item.keyword(IndexFields.THREAD, id, Store.YES);
    item.document.add(new SortedDocValuesField(IndexFields.THREAD, new BytesRef(id)));
    item.number(IndexFields.ORDINAL, line.ordinal());
    item.number(
        IndexFields.AT,
        Timestamps.parse(line.timestamp(), thread.provenance().createdAt()).toEpochMilli());
    item.keyword(IndexFields.TYPE, line.type(), Store.YES);
    item.keyword(IndexFields.KIND, passage.kind(), Store.YES);
    item.keyword(IndexFields.ROLE, passage.role(), Store.YES);
    item.keyword(
        IndexFields.CWD,
        thread.provenance().cwd() == null ? null : DirectoryKeys.key(thread.provenance().cwd()),
        Store.NO);
    item.keyword(IndexFields.SOURCE, thread.provenance().source(), Store.NO);
    item.keyword(IndexFields.THREAD_KIND, thread.lineage().kind(), Store.NO);
    var owner = thread.provenance().owner();
    item.keyword(IndexFields.TENANT, owner.tenant(), Store.NO);
    item.keyword(IndexFields.PRINCIPAL, owner.principal(), Store.NO);
    item.keyword(IndexFields.UNOWNED, owner.tenant() == null ? "1" : null, Store.NO);
    item.keyword(IndexFields.TWIN, isTwin ? "1" : null, Store.NO);
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

  private void keyword(String field, @Nullable String value, Store store) {
    if (value != null) {
      document.add(new StringField(field, asTerm(value), store));
    }
  }

  private void number(String field, long value) {
    document.add(new LongPoint(field, value));
    document.add(new NumericDocValuesField(field, value));
    document.add(new StoredField(field, value));
  }
}
