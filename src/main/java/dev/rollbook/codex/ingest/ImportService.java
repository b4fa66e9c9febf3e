package dev.rollbook.codex.ingest;

import dev.rollbook.access.Access;
import dev.rollbook.access.AccessPolicy;
import dev.rollbook.access.Owner;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceRoots;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.RollbookException.ImportNotFound;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.PathNotAllowed;
import dev.rollbook.model.ThreadId;
import dev.rollbook.quota.Quotas;
import dev.rollbook.reconcile.ThreadDeletion;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ImportRepository;
import dev.rollbook.statedb.ImportRow;
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

/// Starts, shows and cancels imports.
@Service
public class ImportService {
  private final ImportRepository rows;
  private final ImportRunner runner;
  private final SourceRoots roots;
  private final RolloutIdentifier identity;
  private final ImportDirectory directory;
  private final ThreadDeletion deletion;
  private final LiveThreads live;
  private final ImportedThreads threads;
  private final AccessPolicy policy;
  private final Clock clock;
  private final Quotas quotas;

  ImportService(
      ImportRepository rows,
      ImportRunner runner,
      SourceRoots roots,
      RolloutIdentifier identity,
      ImportDirectory directory,
      ThreadDeletion deletion,
      LiveThreads live,
      ImportedThreads threads,
      AccessPolicy policy,
      Clock clock,
      Quotas quotas) {
    this.quotas = quotas;
    this.rows = rows;
    this.runner = runner;
    this.roots = roots;
    this.identity = identity;
    this.directory = directory;
    this.deletion = deletion;
    this.live = live;
    this.threads = threads;
    this.policy = policy;
    this.clock = clock;
  }

  /// Starts the import of a rollout, whatever its name is, or of a directory of rollouts.
  ///
  /// @throws InvalidRequest if the file is no rollout
  /// @throws PathNotAllowed if the path is outside of the allowed roots
  public ImportView start(Owner owner, String path) {
    var real = resolved(path);
    return submit(ImportId.next(), ImportJob.PATH, real.toString(), owner, threadOf(real));
  }

  /// Starts the import of an uploaded rollout.
  ///
  /// @param name of the file; null to identify the thread by the first line
  /// @throws dev.rollbook.model.RollbookException.QuotaExceeded if the tenant has used up its bytes
  public ImportView start(
      Owner owner, InputStream rollout, @Nullable String name, boolean compressed)
      throws IOException {
    var id = ImportId.next();
    var stored = store(id, quotas.counted(owner, rollout), name, compressed);
    try {
      return submit(id, ImportJob.UPLOAD, stored, owner, SourceFile.threadOf(Path.of(stored)));
    } catch (RuntimeException e) {
      directory.removeUpload(id, stored);
      throw e;
    }
  }

  /// @return the name of the rollout
  /// @throws InvalidRequest if the thread cannot be identified
  private String store(ImportId id, InputStream rollout, @Nullable String name, boolean compressed)
      throws IOException {
    if (name != null) {
      var file = compressed && !SourceFile.isCompressed(name) ? name + SourceFile.ZSTD : name;
      if (!SourceFile.isName(file)) {
        throw new InvalidRequest(
            "name",
            "must be the name of a rollout, such as"
                + " rollout-2026-11-22T12-45-58-01a2034a-b9dd-7661-b3ea-5308f7ee69cf.jsonl");
      }
      directory.storeUpload(id, file, rollout);
      return file;
    }
    var ending = compressed ? SourceFile.ZSTD : "";
    directory.storeUpload(id, ending, rollout);
    try {
      var meta =
          identity.meta(
              () -> directory.openUpload(id, ending), compressed, "give that name in ?name=");
      return DataDir.fileName(meta.id(), meta.createdAt()) + ending;
    } catch (ImportFailedException e) {
      directory.removeUpload(id, ending);
      throw new InvalidRequest("", String.valueOf(e.getMessage()));
    } catch (IOException e) {
      directory.removeUpload(id, ending);
      throw new InvalidRequest("", "the rollout cannot be read: " + StorageFaults.shortCause(e));
    }
  }

  /// @throws ImportNotFound if there is none that the caller sees
  public ImportView get(Access access, ImportId id) {
    return runner
        .find(id)
        .map(ImportJob::row)
        .or(() -> rows.findById(id.value()))
        .filter(row -> access.sees(row.request().owner()))
        .map(this::view)
        .orElseThrow(() -> new ImportNotFound(id));
  }

  /// Newest first.
  public List<ImportView> list(Access access, @Nullable ImportId after, int limit) {
    return rows.page(access, after == null ? null : after.value(), limit).stream()
        .map(row -> runner.find(new ImportId(row.id())).map(ImportJob::row).orElse(row))
        .map(this::view)
        .toList();
  }

  /// Cancels an import after its current file. What was imported stays. If another replica runs the
  /// import, that one is asked to cancel it.
  public ImportView cancel(Access access, ImportId id) {
    get(access, id);
    runner.find(id).ifPresentOrElse(ImportJob::cancel, () -> rows.cancel(id.value()));
    return get(access, id);
  }

  /// Stores the request durably before anything else, so that an acknowledged import survives a
  /// kill.
  ///
  /// @param thread of the requested rollout; empty for a directory
  private ImportView submit(
      ImportId id, String kind, String path, Owner owner, Optional<ThreadId> thread) {
    var access = policy.of(owner);
    thread.ifPresent(own -> threads.requireVisible(access, own));
    var request = new ImportDirectory.Request(id, kind, path, owner, now());
    keep(request);
    try {
      thread.ifPresent(own -> allowAgain(access, own));
      var job = runner.job(request);
      var row = job.row();
      rows.insert(row);
      runner.submit(job);
      return view(row);
    } catch (RuntimeException e) {
      IoRecovery.undo(e, () -> directory.removeRequest(id));
      throw e;
    }
  }

  private ImportView view(ImportRow row) {
    return ImportView.of(row, clock.instant());
  }

  /// Only a request for its own rollout brings a deleted thread back.
  private void allowAgain(Access access, ThreadId thread) {
    live.createUnloaded(thread, () -> deletion.lift(access, thread, Cause.IMPORT));
  }

  private void keep(ImportDirectory.Request request) {
    try {
      directory.store(request);
    } catch (IOException e) {
      throw StorageFaults.unavailable("the import cannot be stored in the data-dir", e);
    }
  }

  /// With the precision of the state-db.
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
    } catch (InvalidPathException e) {
      throw new InvalidRequest("/path", "is not a valid path");
    } catch (NoSuchFileException e) {
      throw new InvalidRequest("/path", "does not exist: no such file or directory");
    } catch (IOException e) {
      throw new InvalidRequest("/path", "cannot be read: " + StorageFaults.shortCause(e));
    }
  }
}
