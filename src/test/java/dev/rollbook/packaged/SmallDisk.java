package dev.rollbook.packaged;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// A mounted file system of a few megabytes, which a test can fill and free.
public final class SmallDisk implements AutoCloseable {
  private static final int PAGE = 4096;

  private final Path at;
  private final Path ballast;

  private SmallDisk(Path at) {
    this.at = at;
    this.ballast = at.resolve("ballast");
  }

  /// Passes over the test where nothing can be mounted.
  public static SmallDisk mount(Path at, String size) throws Exception {
    var disk = mountIfAllowed(at, size);
    assumeTrue(disk.isPresent(), "a small file system cannot be mounted here: root is needed");
    return disk.get();
  }

  public static Optional<SmallDisk> mountIfAllowed(Path at, String size) throws Exception {
    Files.createDirectories(at);
    boolean done =
        run("mount", "-t", "tmpfs", "-o", "size=" + size, "rollbook-test", at.toString()) == 0;
    return done ? Optional.of(new SmallDisk(at)) : Optional.empty();
  }

  /// Takes what is left, to the last page.
  public void fill() throws IOException {
    try (var file =
        FileChannel.open(ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (true) {
        file.write(ByteBuffer.allocate(PAGE));
      }
    } catch (IOException full) {
      if (!String.valueOf(full.getMessage()).contains("No space left")) {
        throw full;
      }
    }
  }

  public void free() throws IOException {
    Files.delete(ballast);
  }

  /// Nothing may have a file open on it any more.
  @Override
  public void close() throws Exception {
    run("umount", at.toString());
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
