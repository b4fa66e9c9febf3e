package dev.rollbook.codex.watch;

import dev.rollbook.access.Access;
import dev.rollbook.codex.ingest.ImportContext;
import dev.rollbook.codex.source.RolloutFinder;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.function.SingletonSupplier;

/// State of the watched `CODEX_HOME` at the last scan. Confined to the Java thread of the watch.
///
/// A scan visits all files. Between two scans, a faster check covers only files that are likely to
/// change: files that were written recently, files that Codex has locked, and files in the newest
/// directories.
final class WatchedHome implements RolloutFinder.Visitor {
  private static final Logger log = LoggerFactory.getLogger(WatchedHome.class);
  private static final Duration HOT_PERIOD = Duration.ofMinutes(2);
  private static final int NEWEST_DIRECTORIES = 2;
  private static final String LOCK = ".lock";

  private final Path home;
  private final Disk disk;
  private final RolloutFinder tree;
  private final Access access;
  private final Map<Path, WatchedFile> files = new HashMap<>();
  private final Map<ThreadId, WatchedFile> segments = new HashMap<>();
  private final Map<Path, String> problems = new HashMap<>();
  private final Set<Path> met = new HashSet<>();
  private final Map<ThreadId, Named> newNames = new HashMap<>();
  private Map<ThreadId, Named> names = Map.of();
  private @Nullable FileState namesState;

  /// @param access of the imports: the threads of a home have no owner
  WatchedHome(Path home, Disk disk, RolloutFinder tree, Access access) {
    this.access = access;
    this.home = home;
    this.disk = disk;
    this.tree = tree;
  }

  /// Scans the whole home.
  ///
  /// @return why the home cannot be scanned; null if it was
  @Nullable String scan() {
    met.clear();
    problems.clear();
    try {
      disk.realPath(home);
    } catch (IOException e) {
      return "cannot be read: " + StorageFaults.shortCause(e);
    }
    tree.visit(home, this);
    files.keySet().retainAll(met);
    segments.values().removeIf(file -> !files.containsKey(file.file().path()));
    return null;
  }

  /// Looks only at the files that are likely to have changed.
  void glance(Instant now) {
    for (var day : newest(home.resolve("sessions"), 3)) {
      tree.visit(day, this);
    }
    var locked = locked();
    for (var file : List.copyOf(files.values())) {
      boolean hot =
          file.file().modified().isAfter(now.minus(HOT_PERIOD))
              || locked.contains(file.file().thread());
      if (hot) {
        look(file);
      }
    }
  }

  /// Files to import, newest first.
  List<WatchedFile> due(Instant now) {
    return files.values().stream()
        .filter(file -> file.isDue(now))
        .sorted(Comparator.comparing((WatchedFile file) -> file.file().modified()).reversed())
        .toList();
  }

  /// Reads the names if their file has changed.
  void readNames() throws IOException {
    var path = tree.nameIndex(home);
    var state = path.isPresent() ? disk.stat(path.get()) : null;
    if (state != null && !state.equals(namesState)) {
      var read = tree.readNames(path.get());
      var changed = new HashMap<>(read);
      changed.entrySet().removeAll(names.entrySet());
      newNames.putAll(changed);
      names = read;
      namesState = state;
    }
  }

  Access access() {
    return access;
  }

  /// Names that changed since the caller removed them from this map after applying them; after the
  /// start, all names.
  Map<ThreadId, Named> newNames() {
    return newNames;
  }

  int threads() {
    return (int) segments.values().stream().map(file -> file.file().thread()).distinct().count();
  }

  long behind() {
    return files.values().stream().filter(WatchedFile::isBehind).count();
  }

  /// Problems by path, relative to the home.
  Map<String, String> problems() {
    var all = new TreeMap<String, String>();
    problems.forEach((path, cause) -> all.put(below(path), cause));
    for (var file : files.values()) {
      var problem = file.problem();
      if (problem != null) {
        all.put(below(file.file().path()), problem);
      }
    }
    return all;
  }

  /// Context of imports until the next scan or check.
  ImportContext context() {
    return new ImportContext(SingletonSupplier.of(this::filesBySegment), names, access);
  }

  private Map<ThreadId, SourceFile> filesBySegment() {
    var found = new HashMap<ThreadId, SourceFile>();
    segments.forEach((segment, file) -> found.put(segment, file.file()));
    return found;
  }

  @Override
  public boolean admits(Path real) throws IOException {
    return real.startsWith(disk.realPath(home));
  }

  @Override
  public void found(SourceFile found) {
    met.add(found.path());
    var known = files.computeIfAbsent(found.path(), path -> new WatchedFile(found));
    known.updateFile(found);
    segments.put(found.segment(), known);
  }

  @Override
  public void failed(Path path, String cause) {
    problems.put(path, cause);
  }

  private void look(WatchedFile file) {
    try {
      var state = disk.stat(file.file().path());
      if (state != null) {
        file.updateFile(file.file().as(state));
      }
    } catch (IOException e) {
      problems.put(file.file().path(), StorageFaults.shortCause(e));
    }
  }

  /// The newest directories of the newest directories: years, months and days.
  private List<Path> newest(Path directory, int levels) {
    if (levels == 0) {
      return List.of(directory);
    }
    var entries = list(directory);
    return entries
        .subList(Math.max(0, entries.size() - NEWEST_DIRECTORIES), entries.size())
        .stream()
        .flatMap(entry -> newest(entry, levels - 1).stream())
        .toList();
  }

  private Set<ThreadId> locked() {
    var locked = new HashSet<ThreadId>();
    for (var lock : list(home.resolve("thread-writer-locks"))) {
      var name = String.valueOf(lock.getFileName());
      try {
        locked.add(ThreadId.parse(name.replace(LOCK, "")));
      } catch (IllegalArgumentException e) {
        log.trace("{} is not the lock of a thread", name, e);
      }
    }
    return locked;
  }

  /// Empty for a directory that does not exist.
  private List<Path> list(Path directory) {
    try {
      return disk.list(directory);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      problems.put(directory, StorageFaults.shortCause(e));
      return List.of();
    }
  }

  private String below(Path path) {
    return path.startsWith(home) ? home.relativize(path).toString() : path.toString();
  }
}
