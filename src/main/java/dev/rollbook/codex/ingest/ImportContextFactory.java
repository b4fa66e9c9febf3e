package dev.rollbook.codex.ingest;

import dev.rollbook.access.Access;
import dev.rollbook.codex.source.RolloutFinder;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceRoots;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/// Creates the [ImportContext] for the path of an import.
///
/// The context finds all rollouts below the path, because a fork may be imported before its parent.
@Component
record ImportContextFactory(RolloutFinder tree, SourceRoots roots) {
  private static final Logger log = LoggerFactory.getLogger(ImportContextFactory.class);

  /// @param path a rollout, or a directory of them
  ImportContext around(Path path, Access access) {
    return new ImportContext(SingletonSupplier.of(() -> filesBelow(path)), names(path), access);
  }

  /// Threads are imported without names if these cannot be read, because names are not part of the
  /// history.
  private Map<ThreadId, Named> names(Path path) {
    try {
      var index = indexAbove(path);
      return index.isPresent() ? tree.readNames(index.get()) : Map.of();
    } catch (IOException e) {
      log.warn("names of threads near {} cannot be read: {}", path, StorageFaults.shortCause(e));
      return Map.of();
    }
  }

  /// The index of names that is nearest to the path, in a directory above it that may be read.
  private Optional<Path> indexAbove(Path path) throws IOException {
    for (var at = path; at != null && roots.resolve(at).isPresent(); at = at.getParent()) {
      var index = tree.nameIndex(at);
      if (index.isPresent()) {
        return index;
      }
    }
    return Optional.empty();
  }

  private Map<ThreadId, SourceFile> filesBelow(Path path) {
    var files = new HashMap<ThreadId, SourceFile>();
    tree.visit(
        path,
        new RolloutFinder.Visitor() {
          @Override
          public boolean admits(Path real) throws IOException {
            return roots.resolve(real).isPresent();
          }

          @Override
          public void found(SourceFile file) {
            files.putIfAbsent(file.segment(), file);
          }

          // Not reported here: the import reports the file when it reaches it.
          @Override
          public void failed(Path failedPath, String cause) {
            log.debug("{}: {}", failedPath, cause);
          }
        });
    return files;
  }
}
