package dev.rollbook.search;

import dev.rollbook.history.Transcript.Place;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.statedb.ThreadRow;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.jspecify.annotations.Nullable;

/// How far a thread is indexed, and what has to be known to go on from there. It is committed
/// together with the documents that it speaks of.
///
/// @param next the ordinal after the last line that was read
/// @param items that the thread had by its row; what was put into the middle since shows in them
/// @param createdAt tells a thread from an earlier one of the same id
/// @param whole whether also what a fork has from its parent is indexed
/// @param place of the next line
record Watermark(
    long next, long items, long createdAt, boolean whole, Place place, Repeats repeats) {
  private static final String NEXT = "next";
  private static final String ITEMS = "items";
  private static final String CREATED = "created";
  private static final String WHOLE = "whole";
  private static final String OWN = "own";
  private static final String SEEN = "seen";

  static Watermark start(ThreadRow row, boolean whole) {
    return new Watermark(0, 0, row.createdAt().toEpochMilli(), whole, Place.START, new Repeats());
  }

  Watermark after(long nextOrdinal, long itemCount, Place nextPlace) {
    return new Watermark(nextOrdinal, itemCount, createdAt, whole, nextPlace, repeats);
  }

  boolean isOf(ThreadRow row) {
    return createdAt == row.createdAt().toEpochMilli();
  }

  static Watermark of(Document stored) {
    var turn = stored.get(Fields.TURN);
    return new Watermark(
        number(stored, NEXT),
        number(stored, ITEMS),
        number(stored, CREATED),
        number(stored, WHOLE) == 1,
        new Place(turn == null ? null : TurnId.parse(turn), number(stored, OWN) == 1),
        Repeats.of(stored.getBinaryValue(SEEN).bytes));
  }

  Document document(ThreadId thread) {
    var document = new Document();
    document.add(new StringField(Fields.MARK, thread.toString(), Store.YES));
    document.add(new NumericDocValuesField(Fields.MARK, 1));
    document.add(new StoredField(NEXT, next));
    document.add(new StoredField(ITEMS, items));
    document.add(new StoredField(CREATED, createdAt));
    document.add(new StoredField(WHOLE, whole ? 1L : 0L));
    document.add(new StoredField(OWN, place.own() ? 1L : 0L));
    document.add(new StoredField(SEEN, repeats.bytes()));
    turn(document, place.turn());
    return document;
  }

  private static void turn(Document document, @Nullable TurnId turn) {
    if (turn != null) {
      document.add(new StoredField(Fields.TURN, turn.toString()));
    }
  }

  private static long number(Document stored, String name) {
    return stored.getField(name).numericValue().longValue();
  }
}
