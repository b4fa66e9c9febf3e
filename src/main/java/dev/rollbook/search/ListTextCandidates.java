package dev.rollbook.search;

import dev.rollbook.reconcile.Reconciler;
import dev.rollbook.statedb.listing.ThreadText;
import dev.rollbook.statedb.listing.ThreadTextIndex;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Sort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Finds the candidates for a list with a text filter: threads whose trigrams match, and threads
/// whose index entry is out of date. It returns an empty `Optional` while the index is being
/// rebuilt or cannot be read, or if there are too many candidates.
@Component
record ListTextCandidates(
    SearchIndex index,
    SearchIndexer indexer,
    DirtyThreads touched,
    PeerChanges peers,
    Reconciler reconciler)
    implements ThreadTextIndex {
  private static final Logger log = LoggerFactory.getLogger(ListTextCandidates.class);

  @Override
  public Optional<Set<UUID>> find(ThreadText text, int most) {
    // The order matters: a comparison ends only after the indexer was notified of it.
    if (reconciler.isComparing() || !indexer.knowsAllThreads() || !peers.poll()) {
      return Optional.empty();
    }
    // Before the index is read: a thread that leaves the dirty ones is in the index by then.
    var found = new HashSet<UUID>();
    touched.unseen().forEach(thread -> found.add(thread.value()));
    try {
      found.addAll(index.search(searcher -> threads(searcher, Trigrams.query(text), most + 1)));
    } catch (SearchIndexException e) {
      log.debug("the search index cannot be read for a list", e);
      return Optional.empty();
    }
    return found.size() <= most ? Optional.of(found) : Optional.empty();
  }

  private static Set<UUID> threads(IndexSearcher searcher, Query query, int most)
      throws IOException {
    var threads = new HashSet<UUID>();
    var leaves = searcher.getIndexReader().leaves();
    for (var found : searcher.search(query, most, Sort.INDEXORDER).scoreDocs) {
      var leaf = leaves.get(ReaderUtil.subIndex(found.doc, leaves));
      var ids = DocValues.getSorted(leaf.reader(), IndexFields.NAMED);
      if (ids.advanceExact(found.doc - leaf.docBase)) {
        threads.add(UUID.fromString(ids.lookupOrd(ids.ordValue()).utf8ToString()));
      }
    }
    return threads;
  }
}
