package dev.rollbook.rollout.zstd;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.UnfinishedFile;
import dev.rollbook.rollout.zstd.DecompressedFile.DamagedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The disk as it looks to all who read and write rollouts: one that lies there compressed is seen
/// under the name and with the bytes of the plain one, and becomes plain when it is written.
///
/// Where a crash left both, the plain one counts.
public final class CompressibleDisk implements Disk {
  private static final Logger log = LoggerFactory.getLogger(CompressibleDisk.class);
  private static final int KNOWN_SIZES = 1000;

  private final Disk disk;
  private final DataDir dataDir;
  private final Map<FileState, Long> sizes = new LinkedHashMap<>();

  public CompressibleDisk(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.dataDir = dataDir;
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    return disk.create(path);
  }

  @Override
  public DiskFile openForAppend(Path path) throws IOException {
    makePlain(path);
    return disk.openForAppend(path);
  }

  @Override
  public DiskFile openInPlace(Path path) throws IOException {
    return disk.openInPlace(path);
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    try {
      return disk.openForRead(path);
    } catch (NoSuchFileException notPlain) {
      return DataDir.isPlain(path) ? openCompressed(path) : throwing(notPlain);
    }
  }

  /// It may have become plain between two looks.
  private DiskFile openCompressed(Path path) throws IOException {
    try {
      return DecompressedFile.open(disk, DataDir.compressed(path));
    } catch (NoSuchFileException plainMeanwhile) {
      return disk.openForRead(path);
    }
  }

  private static DiskFile throwing(IOException failure) throws IOException {
    throw failure;
  }

  @Override
  public @Nullable FileState stat(Path path) throws IOException {
    var plain = disk.stat(path);
    if (plain != null || !DataDir.isPlain(path)) {
      return plain;
    }
    var compressed = disk.stat(DataDir.compressed(path));
    try {
      return compressed == null ? disk.stat(path) : asPlain(path, compressed);
    } catch (NoSuchFileException plainMeanwhile) {
      return disk.stat(path);
    }
  }

  private FileState asPlain(Path path, FileState compressed) throws IOException {
    synchronized (sizes) {
      var known = sizes.get(compressed);
      if (known != null) {
        return new FileState(compressed.key(), known, compressed.modified());
      }
    }
    try (var file = DecompressedFile.open(disk, DataDir.compressed(path))) {
      long size = file.size();
      synchronized (sizes) {
        sizes.put(compressed, size);
        if (sizes.size() > KNOWN_SIZES) {
          sizes.remove(sizes.keySet().iterator().next());
        }
      }
      return new FileState(compressed.key(), size, compressed.modified());
    }
  }

  /// What a rollout takes where it is compressed; null where it is not.
  public @Nullable Long compressedSize(Path path) throws IOException {
    var compressed = disk.stat(path) == null ? disk.stat(DataDir.compressed(path)) : null;
    return compressed == null ? null : compressed.size();
  }

  @Override
  public void setModified(Path path, Instant time) throws IOException {
    try {
      disk.setModified(path, time);
    } catch (NoSuchFileException notPlain) {
      disk.setModified(DataDir.isPlain(path) ? DataDir.compressed(path) : path, time);
    }
  }

  /// Compressed it stays so; what lay at the new name is gone.
  @Override
  public void move(Path from, Path to) throws IOException {
    if (DataDir.isPlain(from) && disk.stat(DataDir.compressed(from)) != null) {
      if (disk.stat(from) == null) {
        disk.move(DataDir.compressed(from), DataDir.compressed(to));
        return;
      }
      makePlain(from);
    }
    boolean both = DataDir.isPlain(to) && disk.stat(DataDir.compressed(to)) != null;
    disk.move(from, to);
    if (both) {
      forget(DataDir.compressed(to));
    }
  }

  /// What is left beside a plain file counts no more, and who writes it next looks at it again.
  private void forget(Path compressed) {
    try {
      disk.delete(compressed);
    } catch (IOException failed) {
      log.debug("{} is left beside the plain file", compressed, failed);
    }
  }

  /// The plain one goes last: it is what counts until then. What is beside goes first: by the name
  /// of the rollout it is found again after a kill.
  @Override
  public boolean delete(Path path) throws IOException {
    if (!DataDir.isPlain(path)) {
      return disk.delete(path);
    }
    boolean others = deleteNumbered(n -> other(path, n));
    boolean compressed = disk.delete(DataDir.compressed(path));
    return disk.delete(path) || compressed || others;
  }

  /// Removes files that are numbered from 1 without a hole, the last one first, so that a kill
  /// leaves no hole either.
  public boolean deleteNumbered(IntFunction<Path> name) throws IOException {
    int count = 0;
    while (disk.stat(name.apply(count + 1)) != null) {
      count++;
    }
    for (int n = count; n >= 1; n--) {
      disk.delete(name.apply(n));
    }
    return count > 0;
  }

  /// Leaves one file of a rollout, which can be written; to be called where nobody else writes it.
  public void makePlain(Path path) throws IOException {
    var compressed = DataDir.compressed(path);
    if (!DataDir.isPlain(path) || disk.stat(compressed) == null) {
      return;
    }
    if (disk.stat(path) == null) {
      expand(compressed, path);
    } else {
      settle(path, compressed);
    }
  }

  private void settle(Path path, Path compressed) throws IOException {
    switch (compare(path, compressed)) {
      case ALL_OF_COMPRESSED -> disk.delete(compressed);
      case ALL_OF_PLAIN -> expand(compressed, path);
      case PART -> keepBoth(path, compressed);
    }
  }

  private DecompressedFile.Common compare(Path path, Path compressed) throws IOException {
    try {
      return DecompressedFile.compare(disk, path, compressed);
    } catch (DamagedFileException noneOfOurs) {
      log.debug("{} cannot be read", compressed, noneOfOurs);
      return DecompressedFile.Common.PART;
    }
  }

  private void keepBoth(Path path, Path compressed) throws IOException {
    int n = 1;
    while (disk.stat(other(path, n)) != null) {
      n++;
    }
    disk.move(compressed, other(path, n));
    log.warn(
        "rollout {} is there compressed too, and differs: the plain one counts, the other is kept"
            + " as {}",
        path,
        other(path, n).getFileName());
  }

  private static Path other(Path path, int n) {
    return path.resolveSibling(path.getFileName() + ".zst.other-" + n);
  }

  private void expand(Path compressed, Path path) throws IOException {
    var state = disk.stat(compressed);
    try (var unfinished = new UnfinishedFile(disk, dataDir.unfinishedCopy())) {
      DecompressedFile.expand(disk, compressed, unfinished.path());
      disk.setModified(unfinished.path(), state == null ? Instant.EPOCH : state.modified());
      unfinished.publish(path);
    }
    disk.forceName(path);
    disk.delete(compressed);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    disk.forceDirectory(directory);
  }

  @Override
  public Path realPath(Path path) throws IOException {
    return disk.realPath(path);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  /// Rollouts under the names of plain ones, each once.
  @Override
  public Stream<Path> walk(Path directory) throws IOException {
    return disk.walk(directory)
        .mapMulti((file, next) -> {
          var plain = DataDir.plain(file);
          if (plain.equals(file) || !isThere(plain)) {
            next.accept(plain);
          }
        });
  }

  private boolean isThere(Path plain) {
    try {
      return disk.stat(plain) != null;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
