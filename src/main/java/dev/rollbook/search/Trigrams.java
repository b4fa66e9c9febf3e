package dev.rollbook.search;

import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.listing.ThreadText;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/// Trigrams of the texts of a thread: all sequences of three characters in name, preview and cwd. A
/// text that contains a query has all trigrams of the query. But a text with all these trigrams may
/// not contain the query, so the caller must also search the text for the query.
final class Trigrams {
  private static final int GRAM_LENGTH = 3;

  /// More of a query would hardly narrow down the candidates, which are checked anyway.
  private static final int MAX_QUERY_GRAMS = 64;

  /// Appended to a text, so that each of its characters begins a trigram.
  private static final String PADDING = "\n\n";

  private Trigrams() {}

  /// The document of a thread's texts.
  static Document document(ThreadRow thread) {
    var document = new Document();
    var id = thread.id().toString();
    document.add(new StringField(IndexFields.NAMED, id, Store.NO));
    document.add(new SortedDocValuesField(IndexFields.NAMED, new BytesRef(id)));
    document.add(new StoredField(IndexFields.TEXTS, texts(thread)));
    for (var gram : grams(thread)) {
      document.add(new StringField(IndexFields.GRAM, gram, Store.NO));
    }
    return document;
  }

  /// Digest of a thread's texts, by which an outdated document is recognised.
  static String texts(ThreadRow thread) {
    return Integer.toHexString(places(thread).hashCode());
  }

  static Query query(ThreadText wanted) {
    var any = new BooleanQuery.Builder();
    wanted.forms().forEach(form -> any.add(all(form), Occur.SHOULD));
    return new ConstantScoreQuery(any.build());
  }

  private static Query all(String form) {
    var characters = form.codePoints().toArray();
    if (characters.length < GRAM_LENGTH) {
      return new PrefixQuery(new Term(IndexFields.GRAM, form));
    }
    var all = new BooleanQuery.Builder();
    var grams = new HashSet<String>();
    addGrams(characters, grams);
    grams.stream()
        .limit(MAX_QUERY_GRAMS)
        .forEach(gram -> all.add(new TermQuery(new Term(IndexFields.GRAM, gram)), Occur.FILTER));
    return all.build();
  }

  private static Set<String> grams(ThreadRow thread) {
    var grams = new HashSet<String>();
    places(thread).forEach(place -> addGrams((place + PADDING).codePoints().toArray(), grams));
    return grams;
  }

  private static List<String> places(ThreadRow thread) {
    return ThreadText.fields(
        thread.attributes().name(), thread.activity().preview(), thread.provenance().cwd());
  }

  private static void addGrams(int[] characters, Set<String> grams) {
    for (int i = 0; i + GRAM_LENGTH <= characters.length; i++) {
      grams.add(new String(characters, i, GRAM_LENGTH));
    }
  }
}
