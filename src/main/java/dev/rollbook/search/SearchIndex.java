package dev.rollbook.search;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.statedb.ThreadRow;
import java.io.File;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.MultiTerms;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// The index on disk: the only place that knows where it lies and how it is opened. Written by one
/// thread, searched by any.
@Component
class SearchIndex {
  /// What is left of the disk belongs to the history.
  private static final long RESERVE = 64L << 20;

  private static final int BYTES_PER_MEGABYTE = 1 << 20;

  private static final Logger log = LoggerFactory.getLogger(SearchIndex.class);

  private final Disk disk;
  private final File directory;
  private final double ramBufferMb;
  private volatile @Nullable OpenIndex open;
  private volatile long documents;
  private volatile long threads;

  SearchIndex(Disk disk, DataDir dataDir, SearchProperties properties) {
    this.disk = disk;
    this.directory = dataDir.searchIndex().toFile();
    this.ramBufferMb = (double) properties.ramBuffer().toBytes() / BYTES_PER_MEGABYTE;
  }

  /// What is done with the index; whatever it throws is the index's fault.
  interface Action<T> {
    T run(OpenIndex index) throws IOException;
  }

  /// What is looked up.
  interface Lookup<T> {
    T run(IndexSearcher searcher) throws IOException;
  }

  boolean isOpen() {
    return open != null;
  }

  /// Whether there is space for more on the disk.
  boolean hasSpace() {
    return directory.getParentFile().getUsableSpace() > RESERVE;
  }

  /// @throws IndexFailed if it cannot be opened now
  void open() {
    try {
      removeWhatIsNoFile();
      open = OpenIndex.in(files(), ramBufferMb);
      count();
    } catch (IOException failed) {
      throw new IndexFailed(failed);
    }
  }

  /// Closes it as it was committed last.
  void close() {
    var closing = open;
    open = null;
    if (closing != null) {
      closing.close();
    }
  }

  /// Closes it and throws it away.
  void discard(Exception why) {
    close();
    try (var files = files()) {
      OpenIndex.discard(files, why);
    } catch (IOException failed) {
      throw new IndexFailed(failed);
    }
  }

  void add(Document item) {
    with(index -> index.writer().addDocument(item));
  }

  /// Says how far a thread is indexed.
  void mark(ThreadId thread, Watermark mark) {
    with(index -> index.writer().updateDocument(term(Fields.MARK, thread), mark.document(thread)));
  }

  /// Removes all there is of a thread's items.
  void remove(ThreadId thread) {
    with(index ->
        index.writer().deleteDocuments(term(Fields.THREAD, thread), term(Fields.MARK, thread)));
  }

  /// Says what lists find a thread by, unless that was said before.
  void describe(ThreadRow row) {
    if (!isDescribed(row)) {
      var thread = new ThreadId(row.id());
      with(index ->
          index.writer().updateDocument(term(Fields.NAMED, thread), TextGrams.document(row)));
    }
  }

  /// Lists find the thread no more.
  void removeDescription(ThreadId thread) {
    with(index -> index.writer().deleteDocuments(term(Fields.NAMED, thread)));
  }

  /// Whether lists found the thread by its present texts at the last refresh.
  boolean isDescribed(ThreadRow row) {
    return search(searcher -> {
      var named = new TermQuery(term(Fields.NAMED, new ThreadId(row.id())));
      var found = searcher.search(named, 1).scoreDocs;
      return found.length > 0
          && TextGrams.texts(row)
              .equals(searcher.storedFields().document(found[0].doc).get(Fields.TEXTS));
    });
  }

  /// How far a thread was indexed at the last refresh.
  Optional<Watermark> mark(ThreadId thread) {
    return search(searcher -> {
      var found = searcher.search(new TermQuery(term(Fields.MARK, thread)), 1).scoreDocs;
      return found.length == 0
          ? Optional.empty()
          : Optional.of(Watermark.of(searcher.storedFields().document(found[0].doc)));
    });
  }

  /// Threads that are in the index, in the order of their ids; some may be there no more.
  ///
  /// @param after null for the first ones
  List<ThreadId> threads(@Nullable ThreadId after, int limit) {
    return search(searcher -> {
      var found = new ArrayList<ThreadId>();
      var terms = MultiTerms.getTerms(searcher.getIndexReader(), Fields.MARK);
      if (terms == null) {
        return found;
      }
      var each = terms.iterator();
      var from = new BytesRef(after == null ? "" : after.toString());
      if (each.seekCeil(from) == TermsEnum.SeekStatus.END) {
        return found;
      }
      for (@Nullable BytesRef term = each.term();
          term != null && found.size() < limit;
          term = each.next()) {
        if (!term.equals(from)) {
          found.add(ThreadId.parse(term.utf8ToString()));
        }
      }
      return found;
    });
  }

  /// Shows what was indexed to those who search.
  void refresh() {
    with(index -> index.searchers().maybeRefresh());
    count();
  }

  /// Makes sure that what was indexed is still there after a crash.
  void commit() {
    with(index -> {
      index.commit();
      return true;
    });
  }

  /// @throws IndexFailed also where it is not open
  <T> T search(Lookup<T> lookup) {
    return with(index -> {
      var searcher = index.searchers().acquire();
      try {
        return lookup.run(searcher);
      } finally {
        index.searchers().release(searcher);
      }
    });
  }

  /// Items that can be found.
  long documents() {
    return documents;
  }

  /// Threads that are indexed, at least in part.
  long threads() {
    return threads;
  }

  private Directory files() throws IOException {
    return new OpenIndex.OwnerOnlyDirectory(directory.toPath());
  }

  /// Lucene opens whatever has the name of one of its files, and would wait for ever for a FIFO.
  private void removeWhatIsNoFile() throws IOException {
    if (!isInDataDir()) {
      throw new IOException(directory + " is a symbolic link that leads out of the data-dir");
    }
    for (var entry : entries()) {
      if (disk.stat(entry) == null) {
        log.warn("{} is removed from the search index: it is not a regular file", entry);
        disk.delete(entry);
      }
    }
  }

  private boolean isInDataDir() throws IOException {
    try {
      var dataDir = disk.realPath(directory.getParentFile().toPath());
      return disk.realPath(directory.toPath()).startsWith(dataDir);
    } catch (NoSuchFileException absent) {
      return true;
    }
  }

  private List<Path> entries() throws IOException {
    try {
      return disk.list(directory.toPath());
    } catch (NoSuchFileException absent) {
      return List.of();
    }
  }

  private void count() {
    search(searcher -> {
      threads = searcher.count(new FieldExistsQuery(Fields.MARK));
      int named = searcher.count(new FieldExistsQuery(Fields.NAMED));
      documents = searcher.getIndexReader().numDocs() - threads - named;
      return true;
    });
  }

  private <T> T with(Action<T> action) {
    var now = open;
    if (now == null) {
      throw new IndexFailed(new IOException("the search index is not open"));
    }
    try {
      return action.run(now);
    } catch (IOException failed) {
      throw new IndexFailed(failed);
    } catch (AlreadyClosedException closed) {
      throw new IndexFailed(tragedy(now, closed));
    }
  }

  /// What closed it.
  private static IOException tragedy(OpenIndex index, AlreadyClosedException closed) {
    var first = index.writer().getTragicException();
    return first instanceof IOException known ? known : new IOException(closed);
  }

  private static Term term(String field, ThreadId thread) {
    return new Term(field, thread.toString());
  }
}
