package dev.rollbook.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.springframework.util.FileSystemUtils;

/// Baseline of the disk alone: writes files and calls fsync, and nothing else.
final class BaselineFiles implements AutoCloseable {
  private final Path directory;
  private final List<FileChannel> files = new ArrayList<>();
  private final byte[] item;

  BaselineFiles(int count, int itemSize) throws IOException {
    item = new byte[itemSize];
    // Not the folder for temporary files, which may be memory.
    directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "benchmark-");
    for (int i = 0; i < count; i++) {
      files.add(
          FileChannel.open(
              directory.resolve("" + i),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE,
              StandardOpenOption.APPEND));
    }
  }

  void writeAndForce(int file) throws IOException {
    files.get(file).write(ByteBuffer.wrap(item));
    files.get(file).force(false);
  }

  @Override
  public void close() throws IOException {
    for (var file : files) {
      file.close();
    }
    FileSystemUtils.deleteRecursively(directory);
  }
}
