package dev.rollbook.imports;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.source.NameIndex;
import dev.rollbook.source.SourceFile;
import dev.rollbook.source.SourceRoots;
import dev.rollbook.source.SourceTree;
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

/// Knows what lies around the rollouts of a directory.
@Component
public class Homes {
  private static final Logger log = LoggerFactory.getLogger(Homes.class);

  private final SourceTree tree;
  private final SourceRoots roots;
  private final NameIndex names;

  Homes(SourceTree tree, SourceRoots roots, NameIndex names) {
    this.tree = tree;
    this.roots = roots;
    this.names = names;
  }

  /// @param path a rollout, or a directory of them
  public Surroundings around(Path path) {
    return new Home(path, names(path));
  }

  /// Names are no history: where they cannot be read, threads come without.
  private Map<ThreadId, Named> names(Path path) {
    try {
      var index = indexAbove(path);
      return index.isPresent() ? names.read(index.get()) : Map.of();
    } catch (IOException unreadable) {
      log.warn(
          "names of threads near {} cannot be read: {}",
          path,
          StorageFaults.shortCause(unreadable));
      return Map.of();
    }
  }

  /// The nearest one, as far up as may be read.
  private Optional<Path> indexAbove(Path path) throws IOException {
    for (var at = path; at != null && roots.resolve(at).isPresent(); at = at.getParent()) {
      var index = names.in(at);
      if (index.isPresent()) {
        return index;
      }
    }
    return Optional.empty();
  }

  /// A directory of rollouts: a fork may come before its parent there.
  private final class Home implements Surroundings {
    private final Path path;
    private final Map<ThreadId, Named> named;
    private @Nullable Map<ThreadId, SourceFile> files;

    Home(Path path, Map<ThreadId, Named> named) {
      this.path = path;
      this.named = named;
    }

    @Override
    public Optional<SourceFile> fileOf(ThreadId segment) {
      return Optional.ofNullable(files().get(segment));
    }

    @Override
    public List<SourceFile> segmentsOf(ThreadId thread) {
      return files().values().stream()
          .filter(file -> file.thread().equals(thread))
          .sorted(SourceFile.OLDEST_FIRST)
          .toList();
    }

    private Map<ThreadId, SourceFile> files() {
      if (files == null) {
        files = new HashMap<>();
        tree.visit(path, new Collector(files));
      }
      return files;
    }

    @Override
    public Optional<Named> nameOf(ThreadId thread) {
      return Optional.ofNullable(named.get(thread));
    }
  }

  /// Takes note of all files; what is wrong with one is told when its turn comes.
  private final class Collector implements SourceTree.Visitor {
    private final Map<ThreadId, SourceFile> files;

    Collector(Map<ThreadId, SourceFile> files) {
      this.files = files;
    }

    @Override
    public boolean admits(Path real) throws IOException {
      return roots.resolve(real).isPresent();
    }

    @Override
    public void found(SourceFile file) {
      files.putIfAbsent(file.segment(), file);
    }

    @Override
    public void failed(Path failedPath, String cause) {
      log.debug("{}: {}", failedPath, cause);
    }

    @Override
    public boolean isDone() {
      return false;
    }
  }
}
