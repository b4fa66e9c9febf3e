package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.NonRolloutFormat;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceOpener;
import dev.rollbook.codex.source.SourcePiece;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/// Finds out the thread id of a single file that is imported, by path or as an upload. The id is
/// taken from the file name, even if the file is a copy with a name such as `rollout-...
/// (1).jsonl`. If the file name has no id, the id is taken from the first line.
///
/// Only the beginning of the file is read, because the file may not be a rollout, and its lines may
/// be large.
@Component
class RolloutIdentifier {
  private static final long MAX_BYTES = 64L << 20;

  private final Disk disk;
  private final SourceOpener sources;
  private final Clock clock;
  private final ReentrantLock reading = new ReentrantLock();

  RolloutIdentifier(Disk disk, SourceOpener sources, Clock clock) {
    this.disk = disk;
    this.sources = sources;
    this.clock = clock;
  }

  /// The file as a rollout; empty if it is not a regular file, such as a directory.
  ///
  /// @param real with all symbolic links followed
  /// @throws ImportFailedException if the file is not a rollout; the message says what it is
  Optional<SourceFile> of(Path real) throws IOException {
    var state = disk.stat(real);
    if (state == null) {
      return Optional.empty();
    }
    var byName = SourceFile.ofCopy(real, state);
    if (byName.isPresent()) {
      return byName;
    }
    var meta =
        meta(
            () -> FileInput.open(disk, real, 0),
            SourceFile.isCompressed(real.toString()),
            "copy it to a file of that name");
    return Optional.of(
        new SourceFile(
            real,
            meta.id(),
            meta.id(),
            DataDir.fileName(meta.id(), meta.createdAt()),
            SourceFile.isArchived(real),
            state));
  }

  /// Reads the first line.
  ///
  /// @param content opens the file at its beginning; may be called more than once
  /// @param remedy what to do if only the file name can identify the thread
  /// @throws ImportFailedException if the first line does not identify the thread
  SessionMeta meta(IoRecovery.Operation<InputStream> content, boolean compressed, String remedy)
      throws IOException {
    reading.lock();
    try {
      var first = firstLine(content, compressed);
      var meta = first.flatMap(line -> SessionMeta.ofThread(line, clock.instant()));
      if (meta.isEmpty() || first.filter(ForkBase::isReverted).isPresent()) {
        throw new ImportFailedException(refusal(first.isPresent(), content, compressed, remedy));
      }
      return meta.get();
    } finally {
      reading.unlock();
    }
  }

  private static String refusal(
      boolean isRollout,
      IoRecovery.Operation<InputStream> content,
      boolean compressed,
      String remedy)
      throws IOException {
    if (!isRollout) {
      try (var in = SourceOpener.unpacked(content.run(), compressed)) {
        var format = NonRolloutFormat.of(in);
        if (format != NonRolloutFormat.OTHER) {
          return "is not a rollout of Codex but " + format.advice();
        }
      }
    }
    return "its thread cannot be identified: the first line is no session_meta with an id of its own; if"
        + " this is the rest of a rollout that was named rollout-<time>-<thread id>.jsonl, "
        + remedy;
  }

  private Optional<RolloutLine> firstLine(
      IoRecovery.Operation<InputStream> content, boolean compressed) throws IOException {
    try (var source = sources.read(content.run(), compressed)) {
      long looked = 0;
      for (var piece = source.next(); piece != null; piece = source.next()) {
        if (piece instanceof SourcePiece.Line line) {
          return Optional.of(line.line());
        }
        looked += piece.length();
        if (looked > MAX_BYTES) {
          break;
        }
      }
      return Optional.empty();
    }
  }
}
