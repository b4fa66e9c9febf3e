package dev.rollbook.imports;

import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.RollbookException.ImportNotFound;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.PathNotAllowed;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.ThreadDeletion;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.source.ImportRequests;
import dev.rollbook.source.SourceFile;
import dev.rollbook.source.SourceRoots;
import dev.rollbook.statedb.ImportRow;
import dev.rollbook.statedb.ImportRows;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// What can be done about imports: begin one, see how far it is, cancel it.
@Service
public class Imports {
  private final ImportRows rows;
  private final ImportRunner runner;
  private final SourceRoots roots;
  private final SentRollouts uploads;
  private final RolloutIdentity identity;
  private final ImportRequests requests;
  private final ThreadDeletion deletion;
  private final LiveThreads live;
  private final Clock clock;

  Imports(
      ImportRows rows,
      ImportRunner runner,
      SourceRoots roots,
      SentRollouts uploads,
      RolloutIdentity identity,
      ImportRequests requests,
      ThreadDeletion deletion,
      LiveThreads live,
      Clock clock) {
    this.rows = rows;
    this.runner = runner;
    this.roots = roots;
    this.uploads = uploads;
    this.identity = identity;
    this.requests = requests;
    this.deletion = deletion;
    this.live = live;
    this.clock = clock;
  }

  /// Begins the import of a rollout, whatever its file is called, or of a directory of them.
  ///
  /// @throws InvalidRequest if it is a file, and no rollout
  /// @throws PathNotAllowed if it lies outside of what the operator allowed
  public ImportView start(String path) {
    var real = resolved(path);
    return submit(ImportId.next(), ImportJob.PATH, real.toString(), threadOf(real));
  }

  /// Begins the import of a rollout that is sent.
  ///
  /// @param name of its file; null where its first line says who it is
  public ImportView start(InputStream rollout, @Nullable String name, boolean compressed)
      throws IOException {
    var id = ImportId.next();
    var kept = uploads.keep(id, rollout, name, compressed);
    try {
      return submit(id, ImportJob.UPLOAD, kept, SourceFile.threadOf(Path.of(kept)));
    } catch (RuntimeException unknown) {
      uploads.forget(id, kept);
      throw unknown;
    }
  }

  public ImportView get(ImportId id) {
    return runner
        .find(id)
        .map(job -> job.progress().row())
        .or(() -> rows.findById(id.value()))
        .map(this::view)
        .orElseThrow(() -> new ImportNotFound(id));
  }

  /// Newest first.
  public List<ImportView> list(@Nullable ImportId after, int limit) {
    return rows.page(after == null ? null : after.value(), limit).stream()
        .map(
            row -> runner.find(new ImportId(row.id())).map(job -> job.progress().row()).orElse(row))
        .map(this::view)
        .toList();
  }

  /// Ends an import behind the file that it is at; what was imported stays.
  public ImportView cancel(ImportId id) {
    runner.find(id).ifPresent(ImportJob::cancel);
    return get(id);
  }

  /// The request is on the disk before anything else: whoever gets its id finds the import again
  /// after a kill.
  ///
  /// @param thread of the one rollout that is asked for
  private ImportView submit(ImportId id, String kind, String path, Optional<ThreadId> thread) {
    var request = new ImportRequests.Request(id, kind, path, now());
    keep(request);
    try {
      thread.ifPresent(this::allowAgain);
      var row = ImportJob.queued(request);
      rows.insert(row);
      runner.submit(new ImportJob(row));
      return view(row);
    } catch (RuntimeException refused) {
      forget(id, refused);
      throw refused;
    }
  }

  private ImportView view(ImportRow row) {
    return ImportView.of(row, clock.instant());
  }

  /// A deleted thread comes back only where its very rollout is asked for.
  private void allowAgain(ThreadId thread) {
    live.found(thread, () -> deletion.lift(thread, Cause.IMPORT));
  }

  private void keep(ImportRequests.Request request) {
    try {
      requests.keep(request);
    } catch (IOException e) {
      throw new PersistenceUnavailable(
          StorageFaults.reason(e),
          "the import cannot be kept in the data-dir: " + StorageFaults.shortCause(e),
          e);
    }
  }

  private void forget(ImportId id, RuntimeException refused) {
    try {
      requests.remove(id);
    } catch (IOException e) {
      refused.addSuppressed(e);
    }
  }

  /// As the state-db keeps it.
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /// Empty for a directory.
  private Optional<ThreadId> threadOf(Path real) {
    try {
      return identity.of(real).map(SourceFile::thread);
    } catch (IOException e) {
      throw new InvalidRequest("/path", ImportFailedException.cause(e));
    }
  }

  private Path resolved(String text) {
    try {
      return roots
          .resolve(Path.of(text))
          .orElseThrow(() -> new PathNotAllowed(text, "rollbook.import.roots"));
    } catch (InvalidPathException malformed) {
      throw new InvalidRequest("/path", "is no path");
    } catch (NoSuchFileException absent) {
      throw new InvalidRequest("/path", "leads to nothing: no such file or directory");
    } catch (IOException unreadable) {
      throw new InvalidRequest(
          "/path", "cannot be looked at: " + StorageFaults.shortCause(unreadable));
    }
  }
}
