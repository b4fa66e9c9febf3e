package dev.rollbook.retention;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.springframework.stereotype.Component;

/// Files with the receipts of deletions, one file per day. The files are never deleted.
@Component
class ReceiptFiles {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu-MM-dd").withZone(ZoneOffset.UTC);
  private static final String BEGIN = "receipts-";
  private static final String END = ".jsonl";

  private final Disk disk;
  private final Path directory;

  ReceiptFiles(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.directory = dataDir.dataDir().resolve("retention");
  }

  /// Writes all lines; they are on the disk when this returns.
  ///
  /// @throws IOException if that cannot be; then none of them counts
  void write(List<String> lines, Instant at) throws IOException {
    var path = directory.resolve(BEGIN + DAY.format(at) + END);
    boolean isNew = disk.stat(path) == null;
    try (var file = disk.openOrCreate(path)) {
      long size = file.size();
      var text = (endsTorn(path, size) ? "\n" : "") + String.join("\n", lines) + "\n";
      try {
        file.appendText(text);
        file.force();
      } catch (IOException failed) {
        IoRecovery.undo(failed, () -> file.truncate(size));
        throw failed;
      }
    }
    if (isNew) {
      disk.forceDirectory(directory);
      disk.forceName(directory);
    }
  }

  private boolean endsTorn(Path path, long size) throws IOException {
    if (size == 0) {
      return false;
    }
    try (var file = disk.openForRead(path)) {
      return file.readFully(size - 1, 1)[0] != '\n';
    }
  }

  /// The lines that were written last: those of the newest file.
  List<String> newest() throws IOException {
    var files = disk.listIfThere(directory).stream().filter(ReceiptFiles::isReceipts).toList();
    if (files.isEmpty()) {
      return List.of();
    }
    try (var in = FileInput.open(disk, files.getLast(), 0)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private static boolean isReceipts(Path file) {
    var name = String.valueOf(file.getFileName());
    return name.startsWith(BEGIN) && name.endsWith(END);
  }
}
