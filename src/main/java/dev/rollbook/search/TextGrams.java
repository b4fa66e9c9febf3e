package dev.rollbook.search;

import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadText;
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

/// Finds parts of the texts of threads by trigrams: all runs of three characters in name, preview
/// and cwd. A text that has all trigrams of another one may have that in it, and no other text can.
final class TextGrams {
  private static final int LENGTH = 3;

  /// Of a query: these leave few threads, which are compared as a whole.
  private static final int MOST = 64;

  /// Fills the last trigrams of a text, so that each of its characters begins one.
  private static final String PADDING = "\n\n";

  private TextGrams() {}

  /// What the index has of a thread's texts.
  static Document document(ThreadRow thread) {
    var document = new Document();
    var id = thread.id().toString();
    document.add(new StringField(Fields.NAMED, id, Store.NO));
    document.add(new SortedDocValuesField(Fields.NAMED, new BytesRef(id)));
    document.add(new StoredField(Fields.TEXTS, texts(thread)));
    for (var gram : grams(thread)) {
      document.add(new StringField(Fields.GRAM, gram, Store.NO));
    }
    return document;
  }

  /// Tells texts from others, to know whether a document is what it is to be.
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
    if (characters.length < LENGTH) {
      return new PrefixQuery(new Term(Fields.GRAM, form));
    }
    var all = new BooleanQuery.Builder();
    var grams = new HashSet<String>();
    addGrams(characters, grams);
    grams.stream()
        .limit(MOST)
        .forEach(gram -> all.add(new TermQuery(new Term(Fields.GRAM, gram)), Occur.FILTER));
    return all.build();
  }

  private static Set<String> grams(ThreadRow thread) {
    var grams = new HashSet<String>();
    places(thread).forEach(place -> addGrams((place + PADDING).codePoints().toArray(), grams));
    return grams;
  }

  private static List<String> places(ThreadRow thread) {
    return ThreadText.places(thread.name(), thread.preview(), thread.cwd());
  }

  private static void addGrams(int[] characters, Set<String> grams) {
    for (int i = 0; i + LENGTH <= characters.length; i++) {
      grams.add(new String(characters, i, LENGTH));
    }
  }
}
