package dev.rollbook.imports;

import dev.rollbook.history.ForkBase;
import dev.rollbook.history.SessionMeta;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.rollout.RolloutLine;
import dev.rollbook.rollout.StorageFaults;
import dev.rollbook.source.SourceFile;
import dev.rollbook.source.SourcePiece;
import dev.rollbook.source.Sources;
import dev.rollbook.source.UploadedRollouts;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Keeps rollouts that are sent, each under the name that its file has or would have.
@Component
class SentRollouts {
  private static final String ZSTD = ".zst";
  private static final long FAR_ENOUGH = 64L << 20;

  private final UploadedRollouts uploads;
  private final Sources sources;
  private final Clock clock;
  private final ReentrantLock looking = new ReentrantLock();

  SentRollouts(UploadedRollouts uploads, Sources sources, Clock clock) {
    this.uploads = uploads;
    this.sources = sources;
    this.clock = clock;
  }

  /// @return the name
  /// @throws InvalidRequest if nobody can tell whose rollout it is
  String keep(ImportId id, InputStream rollout, @Nullable String name, boolean compressed)
      throws IOException {
    if (name != null) {
      var file = compressed && !name.endsWith(ZSTD) ? name + ZSTD : name;
      if (!SourceFile.isName(file)) {
        throw new InvalidRequest(
            "name",
            "must be the name of a rollout, such as rollout-2026-11-22T12-45-58-01a2034a-b9dd-7661-b3ea-5308f7ee69cf.jsonl");
      }
      uploads.keep(id, file, rollout);
      return file;
    }
    var ending = compressed ? ZSTD : "";
    uploads.keep(id, ending, rollout);
    try {
      return nameOf(id, ending) + ending;
    } catch (InvalidRequest refused) {
      uploads.remove(id, ending);
      throw refused;
    } catch (IOException unreadable) {
      uploads.remove(id, ending);
      throw new InvalidRequest(
          "", "the rollout cannot be read: " + StorageFaults.shortCause(unreadable));
    }
  }

  void forget(ImportId id, String name) throws IOException {
    uploads.remove(id, name);
  }

  private String nameOf(ImportId id, String kept) throws IOException {
    var first = firstLine(id, kept);
    var meta = first.flatMap(line -> SessionMeta.ofThread(line, clock.instant()));
    boolean segment =
        meta.isPresent()
            && first
                .flatMap(ForkBase::of)
                .filter(b -> b.parent().equals(meta.get().id()))
                .isPresent();
    if (meta.isEmpty() || segment) {
      throw new InvalidRequest(
          "",
          "nobody can tell whose rollout it is: its first line is no session_meta with an id of its own; give the name of the file in ?name=");
    }
    return UploadedRollouts.nameOf(meta.get().id(), meta.get().createdAt());
  }

  /// One at a time, and not to the end: a line may be large, and what was sent be anything.
  private Optional<RolloutLine> firstLine(ImportId id, String kept) throws IOException {
    looking.lock();
    try (var source = sources.read(uploads.open(id, kept), kept.endsWith(ZSTD))) {
      long looked = 0;
      for (var piece = source.next(); piece != null; piece = source.next()) {
        if (piece instanceof SourcePiece.Line line) {
          return Optional.of(line.line());
        }
        looked += piece.length();
        if (looked > FAR_ENOUGH) {
          break;
        }
      }
      return Optional.empty();
    } finally {
      looking.unlock();
    }
  }
}
