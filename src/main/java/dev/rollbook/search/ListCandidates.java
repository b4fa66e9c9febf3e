package dev.rollbook.search;

import dev.rollbook.reconcile.Reconciler;
import dev.rollbook.statedb.TextCandidates;
import dev.rollbook.statedb.ThreadText;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.CollectionTerminatedException;
import org.apache.lucene.search.CollectorManager;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.SimpleCollector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Which threads a list by text has to look at: those that the index has the text of, and those
/// that it is behind of. While it is made anew, or cannot be read, nobody can tell.
@Component
class ListCandidates implements TextCandidates {
  private static final Logger log = LoggerFactory.getLogger(ListCandidates.class);

  private final SearchIndex index;
  private final Indexer indexer;
  private final Touched touched;
  private final Reconciler reconciler;

  ListCandidates(SearchIndex index, Indexer indexer, Touched touched, Reconciler reconciler) {
    this.index = index;
    this.indexer = indexer;
    this.touched = touched;
    this.reconciler = reconciler;
  }

  @Override
  public Optional<Set<UUID>> find(ThreadText text, int most) {
    // In this order: a comparison ends only after the index knows that there is one.
    if (reconciler.isComparing() || !indexer.knowsAllThreads()) {
      return Optional.empty();
    }
    // Before the index: a thread that is not among these any more can be found there.
    var found = new HashSet<UUID>();
    touched.unseen().forEach(thread -> found.add(thread.value()));
    try {
      found.addAll(
          index.search(searcher -> searcher.search(TextGrams.query(text), new UpTo(most))));
    } catch (IndexFailed failed) {
      log.debug("the search index cannot be read for a list", failed);
      return Optional.empty();
    }
    return found.size() <= most ? Optional.of(found) : Optional.empty();
  }

  /// Collects the ids of threads, one more than `most` if there are more.
  private record UpTo(int most) implements CollectorManager<Ids, Set<UUID>> {
    @Override
    public Ids newCollector() {
      return new Ids(most);
    }

    @Override
    public Set<UUID> reduce(Collection<Ids> collected) {
      var all = new HashSet<UUID>();
      collected.forEach(ids -> all.addAll(ids.found));
      return all;
    }
  }

  private static final class Ids extends SimpleCollector {
    private final Set<UUID> found = new HashSet<>();
    private final int most;
    private SortedDocValues values = DocValues.emptySorted();

    Ids(int most) {
      this.most = most;
    }

    @Override
    protected void doSetNextReader(LeafReaderContext context) throws IOException {
      values = DocValues.getSorted(context.reader(), Fields.NAMED);
    }

    @Override
    public void collect(int document) throws IOException {
      if (found.size() > most) {
        throw new CollectionTerminatedException();
      }
      if (values.advanceExact(document)) {
        found.add(UUID.fromString(values.lookupOrd(values.ordValue()).utf8ToString()));
      }
    }

    @Override
    public ScoreMode scoreMode() {
      return ScoreMode.COMPLETE_NO_SCORES;
    }
  }
}
