package dev.rollbook.search;

import dev.rollbook.model.ThreadId;
import dev.rollbook.search.SearchHits.Hit;
import dev.rollbook.search.SearchQuery.Position;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.ExitableDirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.index.QueryTimeoutImpl;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TopFieldCollectorManager;
import org.apache.lucene.search.TopFieldDocs;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// Runs one query on the index, within a time limit.
final class SearchExecution {
  /// Time limit for finding the matches in the hits. A hit whose matches are not known by then is
  /// shown from the beginning of its text.
  private static final long HIGHLIGHT_TIMEOUT_MILLIS = 300;

  private static final SortField[] TIE_BREAKERS = {
    new SortField(IndexFields.AT, SortField.Type.LONG, true),
    new SortField(IndexFields.THREAD, SortField.Type.STRING),
    new SortField(IndexFields.ORDINAL, SortField.Type.LONG, true)
  };
  private static final Sort NEWEST = new Sort(TIE_BREAKERS);
  private static final Sort RELEVANCE =
      new Sort(SortField.FIELD_SCORE, TIE_BREAKERS[0], TIE_BREAKERS[1], TIE_BREAKERS[2]);

  private final IndexSearcher searcher;
  private final SearchQuery wanted;
  private final Query words;

  private SearchExecution(IndexSearcher searcher, SearchQuery wanted) {
    this.searcher = searcher;
    this.wanted = wanted;
    this.words = SearchQueryParser.words(wanted.text());
  }

  /// The hits, one more than the limit if there are more.
  record Found(List<Item> items, boolean partial) {}

  /// A hit as stored in the index.
  record Item(
      Position position,
      @Nullable UUID turn,
      String type,
      @Nullable String kind,
      @Nullable String role,
      List<Hit.Part> snippet) {

    Hit hit(ThreadRow thread) {
      return new Hit(
          thread.id(),
          turn,
          position.ordinal(),
          Instant.ofEpochMilli(position.at()),
          type,
          kind,
          role,
          snippet,
          thread.summary());
    }
  }

  /// @param millis time limit; what was found by then is returned
  static Found in(IndexSearcher shared, SearchQuery wanted, long millis) throws IOException {
    var timeout = new QueryTimeoutImpl(millis);
    try {
      Function<IndexReader, IndexSearcher> searcher =
          wanted.access().isUnrestricted() ? IndexSearcher::new : FixedStatisticsSearcher::new;
      return new SearchExecution(limited(shared, searcher, timeout), wanted).run(shared);
    } catch (ExitableDirectoryReader.ExitingReaderException e) {
      return new Found(List.of(), true);
    }
  }

  /// Looking up terms takes time too, so the limit applies to the reader as well as the search.
  private static IndexSearcher limited(
      IndexSearcher shared, Function<IndexReader, IndexSearcher> searcher, QueryTimeout timeout)
      throws IOException {
    var reader = (DirectoryReader) shared.getIndexReader();
    var limited = searcher.apply(ExitableDirectoryReader.wrap(reader, timeout));
    limited.setQueryCache(null);
    limited.setTimeout(timeout);
    return limited;
  }

  private Found run(IndexSearcher shared) throws IOException {
    var sort = wanted.newestFirst() ? NEWEST : RELEVANCE;
    var manager =
        new TopFieldCollectorManager(sort, wanted.limit() + 1, after(), wanted.limit() + 1);
    TopFieldDocs found = searcher.search(SearchQueryParser.filtered(words, wanted), manager);
    boolean partial = searcher.timedOut();
    var marking =
        limited(shared, IndexSearcher::new, new QueryTimeoutImpl(HIGHLIGHT_TIMEOUT_MILLIS));
    var weight = marking.createWeight(marking.rewrite(words), ScoreMode.COMPLETE_NO_SCORES, 1);
    var items = new ArrayList<Item>();
    for (var doc : found.scoreDocs) {
      items.add(item((FieldDoc) doc, marking, weight));
    }
    return new Found(items, partial);
  }

  private @Nullable FieldDoc after() {
    var last = wanted.after();
    if (last == null) {
      return null;
    }
    var thread = new BytesRef(last.thread().toString());
    Object[] values =
        wanted.newestFirst()
            ? new Object[] {last.at(), thread, last.ordinal()}
            : new Object[] {last.score(), last.at(), thread, last.ordinal()};
    // After all documents that are equal in the order.
    return new FieldDoc(Integer.MAX_VALUE, last.score(), values);
  }

  private Item item(FieldDoc found, IndexSearcher marking, Weight weight) throws IOException {
    var stored = marking.storedFields().document(found.doc);
    var leaves = marking.getLeafContexts();
    var leaf = leaves.get(ReaderUtil.subIndex(found.doc, leaves));
    var snippet = Snippet.of(stored.get(IndexFields.TEXT), weight, leaf, found.doc - leaf.docBase);
    var turn = stored.get(IndexFields.TURN);
    return new Item(
        position(found, stored),
        turn == null ? null : UUID.fromString(turn),
        stored.get(IndexFields.TYPE),
        stored.get(IndexFields.KIND),
        stored.get(IndexFields.ROLE),
        snippet);
  }

  private Position position(FieldDoc found, Document stored) {
    float score = wanted.newestFirst() ? 0 : (Float) found.fields[0];
    return new Position(
        score,
        stored.getField(IndexFields.AT).numericValue().longValue(),
        ThreadId.parse(stored.get(IndexFields.THREAD)),
        stored.getField(IndexFields.ORDINAL).numericValue().longValue());
  }
}
