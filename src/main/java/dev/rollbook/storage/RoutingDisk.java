package dev.rollbook.storage;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// [Disk] that keeps the files of the data-dir in the database, and all others on the local disk.
///
/// Of the data-dir, the search index, the token and the journal of skipped writes stay local. The
/// journal is written while the database is away, which is when writes are skipped.
final class RoutingDisk implements Disk {
  private final Path dataDir;
  private final List<Path> localPaths;
  private final Disk local;
  private final Disk database;

  RoutingDisk(DataDir dataDir, Disk local, Disk database) {
    this.dataDir = dataDir.dataDir();
    this.localPaths = localPaths(dataDir);
    this.local = local;
    this.database = database;
  }

  /// Paths in the data-dir that stay on the local disk.
  static List<Path> localPaths(DataDir dataDir) {
    return List.of(dataDir.searchIndex(), dataDir.skippedDirectory(), dataDir.localToken());
  }

  private Disk of(Path path) {
    return isInDatabase(path.normalize()) ? database : local;
  }

  private boolean isInDatabase(Path path) {
    return path.startsWith(dataDir)
        && !path.equals(dataDir)
        && localPaths.stream().noneMatch(path::startsWith);
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    return of(path).create(path);
  }

  @Override
  public DiskFile openForAppend(Path path) throws IOException {
    return of(path).openForAppend(path);
  }

  @Override
  public DiskFile openInPlace(Path path) throws IOException {
    return of(path).openInPlace(path);
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    return of(path).openForRead(path);
  }

  @Override
  public @Nullable FileState stat(Path path) throws IOException {
    return of(path).stat(path);
  }

  @Override
  public void setModified(Path path, Instant time) throws IOException {
    of(path).setModified(path, time);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    if (isInDatabase(from.normalize()) != isInDatabase(to.normalize())) {
      throw new IOException("%s cannot be moved between the disk and the database".formatted(from));
    }
    of(from).move(from, to);
  }

  @Override
  public boolean delete(Path path) throws IOException {
    return of(path).delete(path);
  }

  /// Of the data-dir, all files that another program could write are in the database.
  @Override
  public boolean isExclusive() {
    return true;
  }

  @Override
  public boolean isShared() {
    return database.isShared();
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    of(directory).forceDirectory(directory);
  }

  @Override
  public Path realPath(Path path) throws IOException {
    return of(path).realPath(path);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return of(directory).list(directory);
  }

  @Override
  public Stream<Path> walk(Path directory) throws IOException {
    return of(directory).walk(directory);
  }
}
