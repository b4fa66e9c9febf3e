package dev.rollbook.source;

import dev.rollbook.model.ImportId;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.springframework.stereotype.Component;

/// Rollouts that were sent, kept until they are imported: that goes on after a restart, too.
@Component
public class UploadedRollouts {
  private static final int CHUNK = 64 * 1024;

  private final Disk disk;
  private final Path directory;

  UploadedRollouts(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.directory = directory(dataDir);
  }

  static Path directory(DataDir dataDir) {
    return dataDir.dataDir().resolve("imports");
  }

  /// Keeps what is sent, and forces it to the disk; where that cannot be, nothing is kept.
  ///
  /// @param name of a rollout file
  public void keep(ImportId upload, String name, InputStream content) throws IOException {
    var path = path(upload, name);
    try (var file = onDisk(() -> disk.create(path))) {
      var bytes = new byte[CHUNK];
      for (int read = content.read(bytes); read >= 0; read = content.read(bytes)) {
        var buffer = ByteBuffer.wrap(bytes, 0, read);
        onDisk(() -> written(file, buffer));
      }
      onDisk(() -> forced(file));
    } catch (IOException | RuntimeException failed) {
      removeAfter(failed, path);
      throw failed;
    }
  }

  private static DiskFile written(DiskFile file, ByteBuffer bytes) throws IOException {
    file.appendAll(bytes);
    return file;
  }

  private static DiskFile forced(DiskFile file) throws IOException {
    file.force();
    return file;
  }

  /// Tells a disk that fails from a sender that hangs up.
  private static <T> T onDisk(Callable<T> action) {
    try {
      return action.call();
    } catch (Exception failed) {
      var reason = StorageFaults.reason(failed);
      var cause = StorageFaults.shortCause(failed);
      throw new PersistenceUnavailable(
          reason, "what was sent cannot be kept in the data-dir: " + cause, failed);
    }
  }

  /// What was kept, as the file that it is to be.
  ///
  /// @param name of a rollout
  public Optional<SourceFile> find(ImportId upload, String name) throws IOException {
    var path = path(upload, name);
    var state = disk.stat(path);
    return state == null
        ? Optional.empty()
        : SourceFile.of(Path.of(name), state).map(file -> file.at(path));
  }

  /// What was kept, to be looked at. To be closed.
  public InputStream open(ImportId upload, String name) throws IOException {
    return FileInput.open(disk, path(upload, name), 0);
  }

  /// The name that a rollout of that thread has.
  public static String nameOf(ThreadId thread, Instant createdAt) {
    return DataDir.fileName(thread, createdAt);
  }

  public void remove(ImportId upload, String name) throws IOException {
    disk.delete(path(upload, name));
  }

  private void removeAfter(Exception failed, Path path) {
    try {
      disk.delete(path);
    } catch (IOException alsoFailed) {
      failed.addSuppressed(alsoFailed);
    }
  }

  /// Only its ending counts; the name is the sender's.
  private Path path(ImportId upload, String name) {
    return directory.resolve(upload + (name.endsWith(".zst") ? ".jsonl.zst" : ".jsonl"));
  }
}
