package dev.rollbook.codex.source;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.redaction.Redaction;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.IoRecovery;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;
import org.springframework.stereotype.Component;

/// Opens source files for reading, compressed or not.
@Component
public class SourceOpener {
  private static final int FINGERPRINT_BYTES = 4096;

  private final Disk disk;
  private final MemoryBudget memory;
  private final Redaction redaction;

  SourceOpener(Disk disk, MemoryBudget memory, Redaction redaction) {
    this.redaction = redaction;
    this.disk = disk;
    this.memory = memory;
  }

  /// Reads all lines that the file has now. Caller must close the reader.
  public SourceReader read(SourceFile file) throws IOException {
    var in = unpacked(FileInput.open(disk, file.path(), 0), file.isCompressed());
    return new SourceReader(in, SourcePosition.START, memory.reserve(), redaction);
  }

  /// Reads a stream, which is closed with the reader.
  public SourceReader read(InputStream rollout, boolean compressed) throws IOException {
    return new SourceReader(
        unpacked(rollout, compressed), SourcePosition.START, memory.reserve(), redaction);
  }

  /// Reads the complete lines after a position of an uncompressed file that Codex is writing. An
  /// incomplete last line is skipped, however long it is. Caller must close the reader.
  public SourceReader readOn(SourceFile source, SourcePosition from) throws IOException {
    var file = disk.openForRead(source.path());
    return IoRecovery.closeOnFailure(
        file,
        () -> {
          long end = file.afterLast(from.bytes(), file.size(), b -> b == '\n');
          var whole = new FileInput(file, from.bytes(), end);
          return new SourceReader(whole, from, memory.reserve(), redaction);
        });
  }

  /// Checksum of the beginning of a file and of the bytes before a position, to detect that a file
  /// was rewritten and not only appended to.
  public long fingerprint(SourceFile source, SourcePosition place) throws IOException {
    if (source.isCompressed()) {
      return 0;
    }
    try (var file = disk.openForRead(source.path())) {
      long beginning = sum(file, 0, Math.min(FINGERPRINT_BYTES, place.bytes()));
      long end = sum(file, Math.max(0, place.bytes() - FINGERPRINT_BYTES), place.bytes());
      return 31 * beginning + end;
    }
  }

  private static long sum(DiskFile file, long from, long to) throws IOException {
    var crc = new CRC32C();
    crc.update(new FileInput(file, from, to).readAllBytes());
    return crc.getValue();
  }

  /// Decompresses a rollout if necessary. Closing the result closes the rollout.
  public static InputStream unpacked(InputStream rollout, boolean compressed) throws IOException {
    return compressed
        ? IoRecovery.closeOnFailure(rollout, () -> RatioLimitedInputStream.zstd(rollout))
        : rollout;
  }
}
