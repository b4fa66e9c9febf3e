package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.RolloutFinder;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceRoots;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Creates the [ImportContext] for the path of an import.
///
/// The context finds all rollouts below the path, because a fork may be imported before its parent.
@Component
record ImportContextFactory(RolloutFinder tree, SourceRoots roots) {
  private static final Logger log = LoggerFactory.getLogger(ImportContextFactory.class);

  /// @param path a rollout, or a directory of them
  ImportContext around(Path path) {
    return new PathContext(path, names(path));
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

  /// The files are listed at the first look-up.
  private final class PathContext implements ImportContext, RolloutFinder.Visitor {
    private final Path path;
    private final Map<ThreadId, Named> named;
    private @Nullable Map<ThreadId, SourceFile> files;

    PathContext(Path path, Map<ThreadId, Named> named) {
      this.path = path;
      this.named = named;
    }

    @Override
    public Optional<SourceFile> fileOf(ThreadId segment) {
      return Optional.ofNullable(files().get(segment));
    }

    @Override
    public List<SourceFile> segmentsOf(ThreadId thread) {
      return SourceFile.segmentsOf(thread, files().values());
    }

    @Override
    public Optional<Named> nameOf(ThreadId thread) {
      return Optional.ofNullable(named.get(thread));
    }

    private Map<ThreadId, SourceFile> files() {
      if (files == null) {
        files = new HashMap<>();
        tree.visit(path, this);
      }
      return files;
    }

    @Override
    public boolean admits(Path real) throws IOException {
      return roots.resolve(real).isPresent();
    }

    @Override
    public void found(SourceFile file) {
      files().putIfAbsent(file.segment(), file);
    }

    /// Not reported here: the import reports the file when it reaches it.
    @Override
    public void failed(Path failedPath, String cause) {
      log.debug("{}: {}", failedPath, cause);
    }
  }
}
