package dev.rollbook.search;

import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermStatistics;

/// Searcher for callers that do not see all threads: every word counts as equally frequent, and
/// every text is compared with the same average length.
///
/// The statistics of the index include the threads of others, and scores are part of cursors. A
/// caller could append a word and learn from its score whether others have written it. Most
/// searches are for items that have all of the words, where the frequency of a word changes the
/// order little.
final class FixedStatisticsSearcher extends IndexSearcher {
  private static final int DOCUMENTS = 1000;
  private static final long WORDS_PER_DOCUMENT = 100;

  FixedStatisticsSearcher(IndexReader reader) {
    super(reader);
  }

  @Override
  public TermStatistics termStatistics(Term term, int docFreq, long totalTermFreq) {
    return new TermStatistics(term.bytes(), 1, 1);
  }

  @Override
  public CollectionStatistics collectionStatistics(String field) {
    long words = DOCUMENTS * WORDS_PER_DOCUMENT;
    return new CollectionStatistics(field, DOCUMENTS, DOCUMENTS, words, words);
  }
}
