package dev.rollbook.search;

import dev.rollbook.rollout.OwnerOnly;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.NIOFSDirectory;

/// Files of the index that only their owner can read.
///
/// Read through a channel: mapped files would count as memory of the service, need a flag of the
/// JVM, and end it when somebody cuts one.
final class OwnerOnlyDirectory extends NIOFSDirectory {
  OwnerOnlyDirectory(Path path) throws IOException {
    OwnerOnly.createDirectories(path);
    OwnerOnly.createFile(path.resolve(IndexWriter.WRITE_LOCK_NAME));
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
    OwnerOnly.restrict(getDirectory().resolve(output.getName()));
    return output;
  }
}
