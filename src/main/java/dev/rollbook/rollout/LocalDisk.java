package dev.rollbook.rollout;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// The file system of this machine.
@Component
final class LocalDisk implements Disk {
  private static final Logger log = LoggerFactory.getLogger(LocalDisk.class);

  /// Tries whether a file can be made in a directory.
  static void requireWritable(Path directory) throws IOException {
    Files.delete(Files.createTempFile(directory, "writable", null));
  }

  /// Makes a directory if it is not there.
  ///
  /// @return what tells it from all others, whatever path led to it
  static Object madeDirectory(Path directory) throws IOException {
    OwnerOnly.createDirectories(directory);
    var key = Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
    return key == null ? directory.toRealPath() : key;
  }

  /// Opens a file to be locked; made if it is not there, and left as it is if it is.
  static DataDirLock.LockedFile openToLock(Path path) throws IOException {
    return new LocalLock(
        FileChannel.open(path, EnumSet.of(CREATE, READ, WRITE), OwnerOnly.file(path)));
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    try {
      return created(path);
    } catch (NoSuchFileException noParent) {
      OwnerOnly.createDirectories(path.resolveSibling("."));
      return created(path);
    }
  }

  private static LocalFile created(Path path) throws IOException {
    return new LocalFile(
        FileChannel.open(path, EnumSet.of(CREATE_NEW, WRITE, APPEND), OwnerOnly.file(path)));
  }

  @Override
  public DiskFile openForAppend(Path path) throws IOException {
    return new LocalFile(FileChannel.open(path, WRITE, APPEND));
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    return new LocalFile(FileChannel.open(path, READ));
  }

  @Override
  public @Nullable FileState stat(Path path) throws IOException {
    try {
      var attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return attributes.isRegularFile()
          ? new FileState(
              attributes.fileKey(), attributes.size(), attributes.lastModifiedTime().toInstant())
          : null;
    } catch (NoSuchFileException absent) {
      return null;
    }
  }

  @Override
  public void setModified(Path path, Instant time) throws IOException {
    Files.setLastModifiedTime(path, FileTime.from(time));
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    OwnerOnly.createDirectories(to.resolveSibling("."));
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public boolean delete(Path path) throws IOException {
    return Files.deleteIfExists(path);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
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
    try (var entries = Files.newDirectoryStream(directory)) {
      var paths = new ArrayList<Path>();
      entries.forEach(paths::add);
      paths.sort(null);
      return paths;
    } catch (DirectoryIteratorException failed) {
      throw failed.getCause();
    }
  }

  @Override
  @SuppressWarnings("StreamResourceLeak") // closed by the caller, as the seam says
  public Stream<Path> walk(Path directory) throws IOException {
    return Files.isDirectory(directory)
        ? Files.find(directory, Integer.MAX_VALUE, (path, attributes) -> attributes.isRegularFile())
        : Stream.empty();
  }

  /// A file that is there to be locked.
  private record LocalLock(FileChannel channel) implements DataDirLock.LockedFile {
    private static final int LONGEST = 1024;

    @Override
    public boolean tryLock() throws IOException {
      return channel.tryLock() != null;
    }

    @Override
    public void write(String text) throws IOException {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8)), 0);
    }

    @Override
    public String content() {
      var bytes = ByteBuffer.allocate(LONGEST);
      try {
        channel.read(bytes, 0);
      } catch (IOException lockedAgainstReading) {
        log.debug("the lock cannot be read", lockedAgainstReading);
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /// A channel under the name of the seam.
  private record LocalFile(FileChannel channel) implements DiskFile {
    @Override
    public int append(ByteBuffer bytes) throws IOException {
      return channel.write(bytes);
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
