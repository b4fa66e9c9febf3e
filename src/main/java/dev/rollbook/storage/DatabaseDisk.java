package dev.rollbook.storage;

import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.statedb.files.ChunkRepository;
import dev.rollbook.statedb.files.FileOwner;
import dev.rollbook.statedb.files.FileRepository;
import dev.rollbook.statedb.files.FileRow;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// [Disk] whose files are rows of the database.
///
/// Each call is committed when it returns, so there is nothing to fsync. Directories are prefixes
/// of paths: one exists as long as a file is in it. A deleted or replaced file loses only its path;
/// its bytes are purged later ([DeletedFilePurge]), so that those who read it can go on.
///
/// A file that this process has open for writes has a [FileClaim]. [#stat] answers from the claim,
/// because a rollout is examined after every append.
public final class DatabaseDisk implements Disk {
  private static final int NAMES_PER_PAGE = 2000;

  /// Of moves and deletions, whose files may be appended to meanwhile.
  private static final int ATTEMPTS = 3;

  private final Path root;
  private final FileRepository files;
  private final ChunkRepository chunks;
  private final AppendLanes lanes;
  private final WriteFence fence;
  private final InstantSource clock;
  private final FileClaims claims;

  /// @param root the directory that holds all paths, absolute and normalized
  DatabaseDisk(
      Path root,
      FileRepository files,
      ChunkRepository chunks,
      AppendLanes lanes,
      WriteFence fence,
      InstantSource clock,
      FileClaims claims) {
    this.root = root;
    this.files = files;
    this.chunks = chunks;
    this.lanes = lanes;
    this.fence = fence;
    this.clock = clock;
    this.claims = claims;
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    var name = name(path);
    var at = clock.instant().truncatedTo(ChronoUnit.MICROS);
    var claim = new AtomicReference<@Nullable FileClaim>();
    fence.claimBy(
        name,
        first -> {
          files.createFirst(name, first, at).ifPresent(row -> claim.set(claim(first, row)));
          return claim.get() != null;
        });
    var created = claim.get();
    return new ClaimedFile(
        claims, claims.add(name, created == null ? create(path, name, at) : created));
  }

  private FileClaim create(Path path, String name, Instant at) throws IOException {
    var owner = fence.owner(name);
    var row = files.create(name, owner, at);
    if (row.isEmpty()) {
      fence.requireHeld(owner);
      throw new FileAlreadyExistsException(path.toString());
    }
    return claim(owner, row.get());
  }

  @Override
  public DiskFile openForAppend(Path path) throws IOException {
    return openInPlace(path);
  }

  @Override
  public DiskFile openInPlace(Path path) throws IOException {
    var name = name(path);
    var owner = fence.owner(name);
    var claim =
        claims.open(
            name, owner, () -> claim(owner, present(path, owner, files.claim(name, owner))));
    return new ClaimedFile(claims, claim);
  }

  private FileClaim claim(FileOwner owner, FileRow row) {
    return new FileClaim(files, chunks, lanes, fence, clock, owner, row);
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    var row = files.find(name(path)).orElseThrow(() -> new NoSuchFileException(path.toString()));
    return new ReadFile(files, chunks, claims, row.key());
  }

  @Override
  public @Nullable FileState stat(Path path) throws IOException {
    var name = name(path);
    var known = claims.state(name);
    return known == null ? files.find(name).map(DatabaseDisk::state).orElse(null) : known;
  }

  private static FileState state(FileRow row) {
    return new FileState(row.key(), row.size(), row.modifiedAt());
  }

  @Override
  public void setModified(Path path, Instant time) throws IOException {
    var name = name(path);
    var owner = fence.owner(name);
    var at = time.truncatedTo(ChronoUnit.MICROS);
    present(path, owner, files.setModified(name, owner, at));
    claims.modified(name, at);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    var oldName = name(from);
    var newName = name(to);
    if (oldName.equals(newName)) {
      return;
    }
    var oldOwner = fence.owner(oldName);
    var newOwner = fence.owner(newName);
    try {
      unlessChanged(
          from,
          List.of(oldOwner, newOwner),
          () -> {
            var seen = present(from, oldOwner, files.find(oldName));
            var replaced = files.find(newName).orElse(null);
            return files.move(seen, oldOwner, newName, replaced, newOwner);
          });
      claims.moved(oldName, newName);
    } catch (IOException e) {
      // It may have been moved: only the database knows.
      claims.removed(oldName);
      claims.removed(newName);
      throw e;
    }
  }

  @Override
  public boolean delete(Path path) throws IOException {
    var name = name(path);
    if (files.find(name).isEmpty()) {
      claims.removed(name);
      return false;
    }
    var owner = fence.owner(name);
    try {
      unlessChanged(
          path, List.of(owner), () -> files.delete(present(path, owner, files.find(name)), owner));
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } finally {
      // After a failure, only the database knows.
      claims.removed(name);
    }
  }

  /// Repeats an operation that found the file changed since it had seen it.
  private void unlessChanged(
      Path path, List<FileOwner> owners, IoRecovery.Operation<Boolean> operation)
      throws IOException {
    for (int attempt = 1; !operation.run(); attempt++) {
      for (var owner : owners) {
        fence.requireHeld(owner);
      }
      if (attempt == ATTEMPTS) {
        throw new IOException(path + ": changed at the same time");
      }
    }
  }

  @Override
  public boolean isExclusive() {
    return true;
  }

  @Override
  public boolean isShared() {
    return fence.isShared();
  }

  /// Every change is durable when it returns.
  @Override
  public void forceDirectory(Path directory) {}

  @Override
  public Path realPath(Path path) throws IOException {
    var name = name(path);
    if (files.find(name).isEmpty() && !isDirectory(name)) {
      throw new NoSuchFileException(path.toString());
    }
    return root.resolve(name);
  }

  private boolean isDirectory(String name) throws IOException {
    return !files.names(name + "/", name + "/", 1).isEmpty();
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    var name = name(directory);
    var names = files.list(name + "/");
    if (names.isEmpty()) {
      throw files.find(name).isPresent()
          ? new NotDirectoryException(directory.toString())
          : new NoSuchFileException(directory.toString());
    }
    return names.stream().map(directory::resolve).toList();
  }

  /// Reads the names page by page. A file that is moved meanwhile may be found at both paths, or at
  /// none, as in a file system.
  @Override
  public Stream<Path> walk(Path directory) throws IOException {
    var prefix = name(directory) + "/";
    UnaryOperator<List<String>> next =
        names -> IoRecovery.wrapped(() -> files.names(prefix, names.getLast(), NAMES_PER_PAGE));
    return Stream.iterate(
            files.names(prefix, prefix, NAMES_PER_PAGE), names -> !names.isEmpty(), next)
        .flatMap(List::stream)
        .map(root::resolve);
  }

  private <T> T present(Path path, FileOwner owner, Optional<T> row) throws IOException {
    present(path, owner, row.isPresent());
    return row.orElseThrow();
  }

  private void present(Path path, FileOwner owner, boolean found) throws IOException {
    if (!found) {
      fence.requireHeld(owner);
      throw new NoSuchFileException(path.toString());
    }
  }

  private String name(Path path) {
    return root.relativize(path.normalize()).toString();
  }
}
