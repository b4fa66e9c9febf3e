package dev.rollbook.search;

import dev.rollbook.rollout.disk.OwnerOnlyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.util.IOUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An open Lucene index: its writer and its searchers.
///
/// @param searchers searchers of the index as it was at the last refresh
record OpenIndex(Directory directory, IndexWriter writer, SearcherManager searchers) {
  private static final Logger log = LoggerFactory.getLogger(OpenIndex.class);

  /// Raise it whenever the fields of documents change: an index of another format is rebuilt.
  private static final Map<String, String> FORMAT = Map.of("rollbook.format", "4");

  /// Merging larger segments would delay fresh items for too long.
  private static final double MAX_MERGED_SEGMENT_MB = 256;

  /// Opens the index in a directory. An index that cannot be read is discarded: it is rebuilt from
  /// the rollouts.
  static OpenIndex in(Directory directory, double ramBufferMb) throws IOException {
    try {
      requireKnownFormat(directory);
      return open(directory, ramBufferMb);
    } catch (IOException | IllegalArgumentException e) {
      if (e instanceof IOException failed && !SearchIndexException.isDamage(failed)) {
        throw failed;
      }
      discard(directory, e);
      return open(directory, ramBufferMb);
    }
  }

  /// Removes all files of an index, unless another process holds it.
  static void discard(Directory directory, Exception why) throws IOException {
    try (var lock = directory.obtainLock(IndexWriter.WRITE_LOCK_NAME)) {
      lock.ensureValid();
      log.warn(
          "search index cannot be used and is rebuilt from the rollouts: {}",
          String.valueOf(why.getMessage()).lines().findFirst().orElse(""));
      log.debug("search index cannot be used", why);
      for (var file : directory.listAll()) {
        if (!file.equals(IndexWriter.WRITE_LOCK_NAME)) {
          directory.deleteFile(file);
        }
      }
    }
  }

  void commit() throws IOException {
    if (writer.hasUncommittedChanges()) {
      writer.setLiveCommitData(FORMAT.entrySet());
      writer.commit();
    }
  }

  /// Discards what is not committed.
  void close() {
    try {
      IOUtils.close(searchers, writer::rollback, directory);
    } catch (IOException | RuntimeException e) {
      log.debug("search index could not be closed", e);
    }
  }

  /// @throws IllegalArgumentException if the index has another format
  private static void requireKnownFormat(Directory directory) throws IOException {
    if (DirectoryReader.indexExists(directory)) {
      var userData = SegmentInfos.readLatestCommit(directory).getUserData();
      if (!userData.entrySet().containsAll(FORMAT.entrySet())) {
        throw new IllegalArgumentException("it has another format");
      }
    }
  }

  private static OpenIndex open(Directory directory, double ramBufferMb) throws IOException {
    var merges = new TieredMergePolicy();
    merges.setMaxMergedSegmentMB(MAX_MERGED_SEGMENT_MB);
    var config =
        new IndexWriterConfig(TextAnalyzer.OF_TEXTS)
            .setRAMBufferSizeMB(ramBufferMb)
            .setMergePolicy(merges)
            // On the indexing thread, which is throttled.
            .setMergeScheduler(new SerialMergeScheduler())
            .setCommitOnClose(false);
    var writer = new IndexWriter(directory, config);
    try {
      return new OpenIndex(directory, writer, new SearcherManager(writer, null));
    } catch (IOException | RuntimeException e) {
      writer.rollback();
      throw e;
    }
  }

  /// Directory of index files with mode 0600.
  ///
  /// Files are read through channels: mapped ones would count as memory of the process, need a JVM
  /// flag, and crash the JVM if they are truncated.
  static final class OwnerOnlyDirectory extends NIOFSDirectory {
    OwnerOnlyDirectory(Path path) throws IOException {
      OwnerOnlyFiles.createDirectories(path);
      OwnerOnlyFiles.createFile(path.resolve(IndexWriter.WRITE_LOCK_NAME));
      super(path);
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
      return restricted(super.createOutput(name, context));
    }

    @Override
    public IndexOutput createTempOutput(String prefix, String suffix, IOContext context)
        throws IOException {
      return restricted(super.createTempOutput(prefix, suffix, context));
    }

    private IndexOutput restricted(IndexOutput output) {
      OwnerOnlyFiles.restrict(getDirectory().resolve(output.getName()));
      return output;
    }
  }
}
