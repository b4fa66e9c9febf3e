package dev.rollbook.search;

import dev.rollbook.model.DirectoryKeys;
import dev.rollbook.text.Unicode;
import java.util.Arrays;
import java.util.Map;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.Term;
import org.apache.lucene.queryparser.simple.SimpleQueryParser;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// Parser of the search queries that people type. Every input is valid; at worst a query finds
/// nothing.
///
/// All words must match; `"..."` is a phrase, `-` excludes a word, `|` means "or", and `*` at the
/// end of a word matches any ending. An input without spaces that consists of several words, such
/// as a path, is a phrase.
final class SearchQueryParser extends SimpleQueryParser {
  private static final int OPERATORS =
      AND_OPERATOR
          | NOT_OPERATOR
          | OR_OPERATOR
          | PREFIX_OPERATOR
          | PHRASE_OPERATOR
          | PRECEDENCE_OPERATORS
          | ESCAPE_OPERATOR
          | WHITESPACE_OPERATOR;

  private SearchQueryParser() {
    super(TextAnalyzer.OF_QUERIES, Map.of(IndexFields.TEXT, 1f), OPERATORS);
    setDefaultOperator(Occur.MUST);
  }

  /// The query of the words alone, without filters.
  static Query words(String text) {
    var read = new SearchQueryParser().parse(Unicode.composed(text));
    return read == null ? new MatchNoDocsQuery("no word in it") : read;
  }

  /// The query of the words with all filters.
  static Query filtered(Query words, SearchQuery wanted) {
    var all = new BooleanQuery.Builder().add(words, Occur.MUST);
    // A query that only excludes would match watermarks and trigrams, too.
    all.add(new FieldExistsQuery(IndexFields.AT), Occur.FILTER);
    AccessFilter.of(wanted.access()).ifPresent(visible -> all.add(visible, Occur.FILTER));
    term(all, IndexFields.SOURCE, wanted.source());
    term(all, IndexFields.THREAD_KIND, wanted.threadKind());
    term(all, IndexFields.THREAD, wanted.thread() == null ? null : wanted.thread().toString());
    if (wanted.since() != null || wanted.until() != null) {
      long from = wanted.since() == null ? Long.MIN_VALUE : wanted.since().toEpochMilli();
      long to = wanted.until() == null ? Long.MAX_VALUE : wanted.until().toEpochMilli();
      all.add(LongPoint.newRangeQuery(IndexFields.AT, from, to), Occur.FILTER);
    }
    if (wanted.cwd() != null) {
      all.add(within(wanted.cwd()), Occur.FILTER);
    }
    if (wanted.type() == null) {
      all.add(new TermQuery(new Term(IndexFields.TWIN, "1")), Occur.MUST_NOT);
    } else {
      all.add(
          either(exact(IndexFields.TYPE, wanted.type()), exact(IndexFields.KIND, wanted.type())),
          Occur.FILTER);
    }
    return all.build();
  }

  @Override
  protected Query newDefaultQuery(String text) {
    return createPhraseQuery(IndexFields.TEXT, text);
  }

  /// Only the last word is a prefix.
  @Override
  protected @Nullable Query newPrefixQuery(String text) {
    return switch (createPhraseQuery(IndexFields.TEXT, text)) {
      case TermQuery word -> new PrefixQuery(word.getTerm());
      case PhraseQuery phrase -> {
        var words = phrase.getTerms();
        int last = words.length - 1;
        var before = Arrays.stream(words, 0, last).map(Term::bytes).toArray(BytesRef[]::new);
        yield new BooleanQuery.Builder()
            .add(new PhraseQuery(IndexFields.TEXT, before), Occur.MUST)
            .add(new PrefixQuery(words[last]), Occur.MUST)
            .build();
      }
      case null, default -> null;
    };
  }

  private static void term(BooleanQuery.Builder query, String field, @Nullable String value) {
    if (value != null) {
      query.add(exact(field, value), Occur.FILTER);
    }
  }

  private static Query exact(String field, String value) {
    return new TermQuery(new Term(field, ItemDocument.asTerm(value)));
  }

  /// The directory, and everything below it.
  private static Query within(String directory) {
    var key = DirectoryKeys.key(directory);
    var inside = new Term(IndexFields.CWD, ItemDocument.asTerm(DirectoryKeys.inside(key)));
    return either(exact(IndexFields.CWD, key), new PrefixQuery(inside));
  }

  private static Query either(Query one, Query other) {
    return new BooleanQuery.Builder().add(one, Occur.SHOULD).add(other, Occur.SHOULD).build();
  }
}
