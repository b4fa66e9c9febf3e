package dev.rollbook.rollout.disk;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Disk] on the file system of this machine. No other class opens rollouts.
///
/// Only regular files are opened. Opening a FIFO would block forever, and would occupy a carrier
/// thread. Symbolic links are not opened as files. The data-dir may be a link itself, but no path
/// in the data-dir may lead out of the data-dir through a link. A path that violates one of these
/// rules counts as missing.
public final class LocalDisk implements Disk {
  private static final Logger log = LoggerFactory.getLogger(LocalDisk.class);

  private static final String NO_FILE = "it is not a regular file";

  private final @Nullable Path dataDir;

  /// @param dataDir absolute and normalized
  public LocalDisk(Path dataDir) {
    this.dataDir = dataDir;
  }

  /// A disk that is not confined to a data-dir.
  public LocalDisk() {
    this.dataDir = null;
  }

  /// Fails if no file can be created in a directory.
  public static void requireWritable(Path directory) throws IOException {
    Files.delete(Files.createTempFile(directory, "writable", null));
  }

  /// Creates a directory if it is missing.
  ///
  /// @return its identity, the same for every path that leads to it
  public static Object madeDirectory(Path directory) throws IOException {
    OwnerOnlyFiles.createDirectories(directory);
    var key = Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
    return key == null ? directory.toRealPath() : key;
  }

  /// Opens a file to lock it; creates it if it is missing, and does not change it otherwise.
  public static LockFile openToLock(Path path) throws IOException {
    requireFileOrNothing(path);
    return new LockFile(
        FileChannel.open(
            path, Set.of(CREATE, READ, WRITE, NOFOLLOW_LINKS), OwnerOnlyFiles.file(path)));
  }

  /// @throws IOException if something other than a regular file exists at the path
  public static void requireFileOrNothing(Path path) throws IOException {
    if (Files.exists(path, NOFOLLOW_LINKS) && !Files.isRegularFile(path, NOFOLLOW_LINKS)) {
      throw new FileSystemException(path.toString(), null, NO_FILE);
    }
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    makeParent(path);
    return new LocalFile(
        FileChannel.open(path, EnumSet.of(CREATE_NEW, WRITE, APPEND), OwnerOnlyFiles.file(path)));
  }

  @Override
  public DiskFile openForAppend(Path path) throws IOException {
    requireFile(path);
    return new LocalFile(FileChannel.open(path, WRITE, APPEND, NOFOLLOW_LINKS));
  }

  @Override
  public DiskFile openInPlace(Path path) throws IOException {
    return new LocalFile(FileChannel.open(path, WRITE));
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    requireFile(path);
    return new LocalFile(FileChannel.open(path, READ, NOFOLLOW_LINKS));
  }

  @Override
  public @Nullable FileState stat(Path path) throws IOException {
    try {
      var attributes = Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
      return attributes.isRegularFile()
          ? new FileState(
              attributes.fileKey(), attributes.size(), attributes.lastModifiedTime().toInstant())
          : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public void setModified(Path path, Instant time) throws IOException {
    requireFile(path);
    Files.setLastModifiedTime(path, FileTime.from(time));
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    requireInside(from);
    makeParent(to);
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public boolean delete(Path path) throws IOException {
    try {
      requireInside(path);
    } catch (NoSuchFileException e) {
      return false;
    }
    return Files.deleteIfExists(path);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    requireDirectory(directory);
    try (var channel = FileChannel.open(directory, READ)) {
      channel.force(true);
    }
  }

  @Override
  public Path realPath(Path path) throws IOException {
    return path.toRealPath();
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    requireDirectory(directory);
    try (var entries = Files.newDirectoryStream(directory)) {
      var paths = new ArrayList<Path>();
      entries.forEach(paths::add);
      paths.sort(null);
      return paths;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  @Override
  @SuppressWarnings("StreamResourceLeak") // closed by the caller, as the seam says
  public Stream<Path> walk(Path directory) throws IOException {
    return isDirectory(directory)
        ? Files.find(directory, Integer.MAX_VALUE, (path, attributes) -> attributes.isRegularFile())
        : Stream.empty();
  }

  private void requireFile(Path path) throws IOException {
    requireInside(path);
    if (!Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS).isRegularFile()) {
      throw new NoSuchFileException(path.toString(), null, NO_FILE);
    }
  }

  private void requireDirectory(Path path) throws IOException {
    requireInside(path.resolve("."));
    if (!Files.readAttributes(path, BasicFileAttributes.class).isDirectory()) {
      throw new NotDirectoryException(path.toString());
    }
  }

  private boolean isDirectory(Path path) throws IOException {
    try {
      requireDirectory(path);
      return true;
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false;
    }
  }

  /// Creates the missing directories above a path.
  private void makeParent(Path path) throws IOException {
    try {
      requireInside(path);
    } catch (NoSuchFileException e) {
      var there = directoryOf(path);
      while (!Files.exists(there, NOFOLLOW_LINKS)) {
        there = directoryOf(there);
      }
      requireInside(there.resolve("."));
    }
    if (!Files.isDirectory(directoryOf(path))) {
      OwnerOnlyFiles.createDirectories(directoryOf(path));
    }
  }

  /// @throws NoSuchFileException if the directory of the path is missing, or reached through a
  ///   symbolic link that leads out of the data-dir
  private void requireInside(Path path) throws IOException {
    if (dataDir == null || !path.startsWith(dataDir) || path.equals(dataDir)) {
      return;
    }
    var directory = directoryOf(path);
    if (mayBeBehindLink(directory, dataDir)
        && !directory.toRealPath().startsWith(dataDir.toRealPath())) {
      throw new NoSuchFileException(
          path.toString(), null, "a symbolic link leads out of the data-dir");
    }
  }

  /// Whether a directory may be reached through a symbolic link below another one. Mostly there is
  /// no link, and finding that out takes half as long as resolving both paths.
  private static boolean mayBeBehindLink(Path directory, Path above) {
    if (!directory.normalize().equals(directory)) {
      return true;
    }
    for (var next = directory; !next.equals(above); next = directoryOf(next)) {
      if (!Files.isDirectory(next, NOFOLLOW_LINKS)) {
        return true;
      }
    }
    return false;
  }

  private static Path directoryOf(Path path) {
    var parent = path.getParent();
    return parent == null ? path : parent;
  }

  /// An open lock file.
  public record LockFile(FileChannel channel) implements Closeable {
    private static final int MAX_TEXT_BYTES = 1024;

    /// False if another process has it.
    public boolean tryLock() throws IOException {
      return channel.tryLock() != null;
    }

    public void write(String text) throws IOException {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8)), 0);
    }

    /// The text of the lock's holder; empty if it cannot be read.
    public String content() {
      var bytes = ByteBuffer.allocate(MAX_TEXT_BYTES);
      try {
        channel.read(bytes, 0);
      } catch (IOException e) {
        log.debug("the lock file cannot be read", e);
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /// A channel as a [DiskFile].
  private record LocalFile(FileChannel channel) implements DiskFile {
    @Override
    public int append(ByteBuffer bytes) throws IOException {
      return channel.write(bytes);
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      for (long at = position; bytes.hasRemaining(); ) {
        at += channel.write(bytes, at);
      }
    }

    @Override
    public int read(ByteBuffer bytes, long position) throws IOException {
      return channel.read(bytes, position);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
