package dev.rollbook.search;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.statedb.ThreadRow;
import java.io.File;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
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
import org.apache.lucene.util.IOFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// The Lucene index on disk. One Java thread writes it; any Java thread may search it.
@Component
class SearchIndex {
  /// Disk space that is left for rollouts.
  private static final long RESERVED_DISK_BYTES = 64L << 20;

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

  boolean isOpen() {
    return open != null;
  }

  /// Whether the disk has enough free space for indexing.
  boolean hasSpace() {
    return directory.getParentFile().getUsableSpace() > RESERVED_DISK_BYTES;
  }

  /// @throws SearchIndexException if it cannot be opened now
  void open() {
    try {
      removeIrregularFiles();
      open = OpenIndex.in(files(), ramBufferMb);
      count();
    } catch (IOException e) {
      throw new SearchIndexException(e);
    }
  }

  /// Closes it without committing.
  void close() {
    var closing = open;
    open = null;
    if (closing != null) {
      closing.close();
    }
  }

  /// Closes it and removes its files.
  void discard(Exception why) {
    close();
    try (var files = files()) {
      OpenIndex.discard(files, why);
    } catch (IOException e) {
      throw new SearchIndexException(e);
    }
  }

  void add(Document item) {
    with(index -> index.writer().addDocument(item));
  }

  /// Writes the watermark of a thread.
  void mark(ThreadId thread, IndexWatermark mark) {
    with(index ->
        index.writer().updateDocument(term(IndexFields.MARK, thread), mark.document(thread)));
  }

  /// Removes the items and the watermark of a thread.
  void remove(ThreadId thread) {
    with(index ->
        index
            .writer()
            .deleteDocuments(term(IndexFields.THREAD, thread), term(IndexFields.MARK, thread)));
  }

  /// Writes the trigrams by which lists find a thread, unless they are unchanged.
  void addTrigrams(ThreadRow row) {
    if (!hasTrigrams(row)) {
      var thread = new ThreadId(row.id());
      with(index ->
          index.writer().updateDocument(term(IndexFields.NAMED, thread), Trigrams.document(row)));
    }
  }

  /// Removes the trigrams of a thread.
  void removeTrigrams(ThreadId thread) {
    with(index -> index.writer().deleteDocuments(term(IndexFields.NAMED, thread)));
  }

  /// Whether the trigrams of the last refresh are those of the thread's present texts.
  boolean hasTrigrams(ThreadRow row) {
    return find(term(IndexFields.NAMED, new ThreadId(row.id())))
        .filter(found -> Trigrams.texts(row).equals(found.get(IndexFields.TEXTS)))
        .isPresent();
  }

  /// The watermark of a thread at the last refresh.
  Optional<IndexWatermark> mark(ThreadId thread) {
    return find(term(IndexFields.MARK, thread)).map(IndexWatermark::of);
  }

  private Optional<Document> find(Term term) {
    return search(searcher -> {
      var found = searcher.search(new TermQuery(term), 1).scoreDocs;
      return found.length == 0
          ? Optional.empty()
          : Optional.of(searcher.storedFields().document(found[0].doc));
    });
  }

  /// Threads in the index, ordered by id; some may have been deleted since.
  ///
  /// @param after null for the first ones
  List<ThreadId> threads(@Nullable ThreadId after, int limit) {
    return search(searcher -> {
      var found = new ArrayList<ThreadId>();
      var terms = MultiTerms.getTerms(searcher.getIndexReader(), IndexFields.MARK);
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

  /// Makes what was indexed visible to searches.
  void refresh() {
    with(index -> index.searchers().maybeRefresh());
    count();
  }

  /// Makes what was indexed durable.
  void commit() {
    with(index -> {
      index.commit();
      return true;
    });
  }

  /// @throws SearchIndexException also where it is not open
  <T> T search(IOFunction<IndexSearcher, T> lookup) {
    return with(index -> {
      var searcher = index.searchers().acquire();
      try {
        return lookup.apply(searcher);
      } finally {
        index.searchers().release(searcher);
      }
    });
  }

  /// Number of items in the index.
  long documents() {
    return documents;
  }

  /// Number of threads that are indexed, at least in part.
  long threads() {
    return threads;
  }

  private Directory files() throws IOException {
    return new OpenIndex.OwnerOnlyDirectory(directory.toPath());
  }

  /// Lucene opens whatever has the name of one of its files, and would block forever on a FIFO.
  private void removeIrregularFiles() throws IOException {
    if (!isInDataDir()) {
      throw new IOException(directory + " is a symbolic link that leads out of the data-dir");
    }
    for (var entry : disk.listIfThere(directory.toPath())) {
      if (disk.stat(entry) == null) {
        log.warn("{} is not a regular file and was removed from the search index", entry);
        disk.delete(entry);
      }
    }
  }

  private boolean isInDataDir() throws IOException {
    try {
      var dataDir = disk.realPath(directory.getParentFile().toPath());
      return disk.realPath(directory.toPath()).startsWith(dataDir);
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  private void count() {
    search(searcher -> {
      threads = searcher.count(new FieldExistsQuery(IndexFields.MARK));
      int named = searcher.count(new FieldExistsQuery(IndexFields.NAMED));
      documents = searcher.getIndexReader().numDocs() - threads - named;
      return true;
    });
  }

  private <T> T with(IOFunction<OpenIndex, T> action) {
    var now = open;
    if (now == null) {
      throw new SearchIndexException(new IOException("the search index is not open"));
    }
    try {
      return action.apply(now);
    } catch (IOException e) {
      throw new SearchIndexException(e);
    } catch (AlreadyClosedException e) {
      throw new SearchIndexException(causeOfClose(now, e));
    }
  }

  /// The failure that closed the index.
  private static IOException causeOfClose(OpenIndex index, AlreadyClosedException closed) {
    var first = index.writer().getTragicException();
    return first instanceof IOException known ? known : new IOException(closed);
  }

  private static Term term(String field, ThreadId thread) {
    return new Term(field, thread.toString());
  }
}
