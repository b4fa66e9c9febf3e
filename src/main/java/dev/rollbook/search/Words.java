package dev.rollbook.search;

import java.io.Reader;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardTokenizer;

/// Which words a text has: those of Unicode, in lower case, all of them and as they stand. In
/// Chinese and Japanese each character is one.
final class Words extends Analyzer {
  /// For texts: parts of names are words too.
  static final Words OF_TEXTS = new Words(true);

  /// For queries: who looks for a whole name does not mean its parts.
  static final Words OF_QUERIES = new Words(false);

  private final boolean withParts;

  private Words(boolean withParts) {
    this.withParts = withParts;
  }

  @Override
  protected TokenStreamComponents createComponents(String field) {
    var tokenizer = new StandardTokenizer();
    TokenStream words = withParts ? new NameParts(tokenizer) : tokenizer;
    return new TokenStreamComponents(tokenizer, new LowerCaseFilter(words));
  }

  @Override
  protected Reader initReader(String field, Reader reader) {
    return new Separators(reader);
  }
}
