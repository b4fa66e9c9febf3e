package dev.rollbook.codex.watch;

import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.codex.ingest.ImportContext;
import dev.rollbook.codex.ingest.ImportedFiles;
import dev.rollbook.codex.ingest.RolloutImporter;
import dev.rollbook.codex.ingest.SourceStateSync;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceOpener;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Imports new lines of the rollouts in the watched `CODEX_HOME`.
@Component
class WatchedFileImporter {
  private static final Logger log = LoggerFactory.getLogger(WatchedFileImporter.class);

  private final RolloutImporter imports;
  private final SourceOpener sources;
  private final ImportedFiles seen;
  private final SourceStateSync states;
  private final Clock clock;
  private final Map<ThreadId, Boolean> archived = new HashMap<>();

  WatchedFileImporter(
      RolloutImporter imports,
      SourceOpener sources,
      ImportedFiles seen,
      SourceStateSync states,
      Clock clock) {
    this.sources = sources;
    this.imports = imports;
    this.seen = seen;
    this.states = states;
    this.clock = clock;
  }

  /// Imports the new lines of a file. A file that fails is retried less and less often.
  ///
  /// @return false if the state-db is unavailable; then no file can be imported now, and this one
  ///   is still due
  boolean take(WatchedFile followed, ImportContext context) {
    var file = followed.file();
    try {
      attempt(followed, file, context);
    } catch (OwnedElsewhereException e) {
      log.debug("rollout {} waits for its thread", file.path(), e);
      failed(followed, file, "its thread is in memory of another replica");
    } catch (RollbookException e) {
      failed(followed, file, e.detail());
    } catch (IOException e) {
      failed(followed, file, StorageFaults.shortCause(e));
    } catch (DuplicateKeyException e) {
      failed(followed, file, "an id that the import needs is that of another thread");
    } catch (DataAccessException | TransactionException e) {
      log.debug("rollout {} waits for the state-db", file.path(), e);
      followed.interrupted();
      return false;
    } catch (RuntimeException | Error e) {
      log.debug("rollout {} cannot be imported", file.path(), e);
      failed(followed, file, "unexpected failure: " + e);
    }
    return true;
  }

  /// Gives threads the names that they have in the home.
  void rename(WatchedHome home) {
    try {
      home.readNames();
      for (var given = home.newNames().entrySet().iterator(); given.hasNext(); given.remove()) {
        var name = given.next();
        states.syncName(home.access(), name.getKey(), name.getValue());
      }
    } catch (IOException e) {
      log.debug("names of followed threads cannot be read, they are tried again", e);
    } catch (DataAccessException | TransactionException e) {
      log.debug("names of followed threads wait for the state-db", e);
    }
  }

  private void attempt(WatchedFile followed, SourceFile file, ImportContext context)
      throws IOException {
    imports.requireVisible(file, context);
    var now = clock.instant();
    var place = followed.place(now);
    if (followed.isToBeNoted(now)) {
      seen.note(file);
      followed.noted();
      return;
    }
    if (followed.wasTaken() ? seen.isDeleted(file.thread()) : seen.isUnwanted(file)) {
      seen.note(file);
      followed.forget(file);
      return;
    }
    if (place == null && seen.isAsItWas(file)) {
      archiveAsThere(file, context);
      followed.markUnchanged(file);
      return;
    }
    boolean goesOn = place != null && sources.fingerprint(file, place) == followed.fingerprint();
    boolean patched = place == null ? followed.isPatched() : !goesOn;
    boolean growing = goesOn || followed.isGrowing(now);
    var imported =
        place != null && goesOn
            ? imports.takeOn(file, context, place, followed.nextOrdinal())
            : imports.take(file, context, growing);
    if (patched && imported.items() > 0) {
      log.warn(
          "rollout {} was rewritten and not only appended to: its {} new items are at the end of"
              + " thread {}, which also keeps the old ones",
          file.path(),
          imported.items(),
          file.thread());
    }
    archiveAsThere(file, context);
    followed.recordImport(file, imported, sources.fingerprint(file, imported.end()), !growing);
  }

  /// Archives or unarchives the thread if Codex has done so with the file.
  private void archiveAsThere(SourceFile file, ImportContext context) {
    var before = archived.get(file.segment());
    states.syncArchived(context.access(), file, before == null ? seen.wasArchived(file) : before);
    archived.put(file.segment(), file.archived());
  }

  private void failed(WatchedFile followed, SourceFile file, String cause) {
    if (followed.failed(cause, clock.instant())) {
      log.warn("rollout {} cannot be imported: {}; retrying", file.path(), cause);
    }
  }
}
