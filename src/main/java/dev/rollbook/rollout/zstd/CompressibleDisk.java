package dev.rollbook.rollout.zstd;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.DamagedFileException;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.UnfinishedFile;
import java.io.IOException;
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

/// [Disk] with transparent compression. Callers read a compressed rollout as if it were not
/// compressed: the name and the bytes are those of the uncompressed file. Before a write, the file
/// is decompressed.
///
/// If a crash left a compressed and an uncompressed file, the uncompressed file is used.
public final class CompressibleDisk implements Disk {
  private static final Logger log = LoggerFactory.getLogger(CompressibleDisk.class);
  private static final int MAX_KNOWN_SIZES = 1000;

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
    expandIfCompressed(path);
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
    } catch (NoSuchFileException e) {
      if (!DataDir.isPlain(path)) {
        throw e;
      }
      return openCompressed(path);
    }
  }

  /// It may have been expanded in between.
  private DiskFile openCompressed(Path path) throws IOException {
    try {
      return DecompressedFile.open(disk, DataDir.compressed(path));
    } catch (NoSuchFileException e) {
      return disk.openForRead(path);
    }
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
    } catch (NoSuchFileException e) {
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
        if (sizes.size() > MAX_KNOWN_SIZES) {
          sizes.remove(sizes.keySet().iterator().next());
        }
      }
      return new FileState(compressed.key(), size, compressed.modified());
    }
  }

  /// Size of the compressed file; null if the rollout is not compressed.
  public @Nullable Long compressedSize(Path path) throws IOException {
    var compressed = disk.stat(path) == null ? disk.stat(DataDir.compressed(path)) : null;
    return compressed == null ? null : compressed.size();
  }

  @Override
  public void setModified(Path path, Instant time) throws IOException {
    try {
      disk.setModified(path, time);
    } catch (NoSuchFileException e) {
      disk.setModified(DataDir.isPlain(path) ? DataDir.compressed(path) : path, time);
    }
  }

  /// A compressed file stays compressed; a file at the target is replaced.
  @Override
  public void move(Path from, Path to) throws IOException {
    if (DataDir.isPlain(from) && disk.stat(DataDir.compressed(from)) != null) {
      if (disk.stat(from) == null) {
        disk.move(DataDir.compressed(from), DataDir.compressed(to));
        return;
      }
      expandIfCompressed(from);
    }
    boolean both = DataDir.isPlain(to) && disk.stat(DataDir.compressed(to)) != null;
    disk.move(from, to);
    if (both) {
      deleteObsolete(DataDir.compressed(to));
    }
  }

  /// A compressed file beside a plain one is ignored, and compared again before the next write.
  private void deleteObsolete(Path compressed) {
    try {
      disk.delete(compressed);
    } catch (IOException e) {
      log.debug("{} could not be removed and stays beside the uncompressed file", compressed, e);
    }
  }

  /// Deletes the plain file last. It counts until then, and after a kill its name leads to the
  /// other files.
  @Override
  public boolean delete(Path path) throws IOException {
    if (!DataDir.isPlain(path)) {
      return disk.delete(path);
    }
    boolean others = deleteNumbered(n -> other(path, n));
    boolean compressed = disk.delete(DataDir.compressed(path));
    return disk.delete(path) || compressed || others;
  }

  /// Deletes files that are numbered from 1, the last one first, so that a kill leaves no hole in
  /// the numbers.
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

  /// Makes a rollout one plain file. Caller must keep others from writing it.
  public void expandIfCompressed(Path path) throws IOException {
    var compressed = DataDir.compressed(path);
    if (!DataDir.isPlain(path) || disk.stat(compressed) == null) {
      return;
    }
    if (disk.stat(path) == null) {
      expand(compressed, path);
    } else {
      resolveBoth(path, compressed);
    }
  }

  private void resolveBoth(Path path, Path compressed) throws IOException {
    switch (compare(path, compressed)) {
      case ALL_OF_COMPRESSED -> disk.delete(compressed);
      case ALL_OF_PLAIN -> expand(compressed, path);
      case PART -> keepBoth(path, compressed);
    }
  }

  private DecompressedFile.Common compare(Path path, Path compressed) throws IOException {
    try {
      return DecompressedFile.compare(disk, path, compressed);
    } catch (DamagedFileException e) {
      log.debug("{} cannot be read", compressed, e);
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
        "rollout {} has a compressed file with other contents: the uncompressed file"
            + " counts, the other is kept as {}",
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
  public boolean isExclusive() {
    return disk.isExclusive();
  }

  @Override
  public boolean isShared() {
    return disk.isShared();
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

  /// Lists rollouts by their plain names, each once.
  @Override
  public Stream<Path> walk(Path directory) throws IOException {
    return disk.walk(directory)
        .mapMulti((file, next) -> {
          var plain = DataDir.plain(file);
          if (plain.equals(file) || IoRecovery.wrapped(() -> disk.stat(plain)) == null) {
            next.accept(plain);
          }
        });
  }
}
