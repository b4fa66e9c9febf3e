package dev.rollbook.imports;

import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.source.SourceFile;
import dev.rollbook.source.SourceTree;
import dev.rollbook.worker.Pause;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// One run of an import through all its files, each on its own: what is wrong with one holds up no
/// other.
final class ImportRun implements SourceTree.Visitor {
  private static final Logger log = LoggerFactory.getLogger(ImportRun.class);

  /// Pause before what the disk or the state-db did not take is tried again.
  static final Duration RETRY_PAUSE = Duration.ofSeconds(2);

  /// Files that are forced to the disk together.
  private static final int AT_ONCE = 256;

  private final ImportJob job;
  private final ImportTools tools;
  private final Surroundings around;
  private final Pause pause;
  private final OtherFiles others;
  private final List<SourceFile> taken = new ArrayList<>();
  private final Set<ThreadId> unsaved = new HashSet<>();

  ImportRun(ImportJob job, ImportTools tools, Surroundings around, Pause pause) {
    this.job = job;
    this.tools = tools;
    this.around = around;
    this.pause = pause;
    this.others = new OtherFiles(tools.identity());
  }

  @Override
  public boolean admits(Path real) throws IOException {
    return tools.roots().resolve(real).isPresent();
  }

  @Override
  public boolean isDone() {
    return job.isCancelled() || pause.isStopped();
  }

  @Override
  public void failed(Path path, String cause) {
    job.progress().seen();
    job.progress().failed(path.toString(), cause);
  }

  @Override
  public void other(Path real) {
    others.add(real);
    if (OtherFiles.looksLikeRollout(real)) {
      job.progress()
          .passedOver(
              real.toString(),
              "passed over: its name is not that of a rollout; if it is one, import it by its"
                  + " path");
    }
  }

  /// @throws ImportFailedException if nothing was found; says what is there instead
  void requireFiles() throws ImportFailedException {
    if (!isDone() && !job.progress().hasSeenFiles()) {
      throw new ImportFailedException(others.nothingToImport());
    }
  }

  @Override
  public void found(SourceFile file) {
    job.progress().seen();
    while (!isDone()) {
      try {
        take(file);
        return;
      } catch (DataAccessException | TransactionException away) {
        log.debug("import {} waits for the state-db", job.id(), away);
        retryLater("waits: the state-db does not answer");
      } catch (PersistenceUnavailable refused) {
        if (!refused.reason().isStorageFault()) {
          fail(file, refused.detail());
          return;
        }
        retryLater("waits: " + refused.detail());
      } catch (TooManyRequests full) {
        retryLater("waits: " + full.detail());
      } catch (RollbookException refused) {
        if (tools.deleted().contains(file.thread())) {
          passOver(file);
        } else {
          fail(file, refused.detail());
        }
        return;
      } catch (IOException failed) {
        if (!StorageFaults.isFull(failed)) {
          fail(file, ImportFailedException.cause(failed));
          return;
        }
        retryLater("waits: no space left in the data-dir");
      } catch (RuntimeException | Error unexpected) {
        log.debug("import {} cannot take {}", job.id(), file.path(), unexpected);
        tools.workers().failed(ImportRunner.WORKER, unexpected);
        fail(file, "cannot be taken: " + unexpected);
        return;
      }
    }
  }

  private void take(SourceFile file) throws IOException {
    if (tools.deleted().contains(file.thread())) {
      passOver(file);
      return;
    }
    if (!job.isUpload() && tools.seen().isAsItWas(file)) {
      tools.threads().name(file, around);
      job.progress().unchanged(file.size());
      return;
    }
    var imported = archivedAsThere(file, tools.threads().take(file, around, false));
    unsaved.add(file.thread());
    if (!job.isUpload() && imported.remark() == null) {
      taken.add(file);
    }
    if (unsaved.size() >= AT_ONCE) {
      settle();
    }
    job.progress().done(name(file), file.size(), imported);
    tools.meters().imported(imported);
  }

  private Imported archivedAsThere(SourceFile file, Imported imported) {
    if (job.isUpload()) {
      return imported;
    }
    try {
      tools.archived().follow(file);
      return imported;
    } catch (TurnInProgress busy) {
      log.debug("thread {} is archived or brought back later", file.thread(), busy);
      return imported.with(
          imported.remark() == null
              ? "a turn of it runs here: import it after that to archive it, or to bring it back"
              : imported.remark());
    }
  }

  /// Waits until all that was taken is durable, and can be read.
  void end() {
    while (!pause.isStopped()) {
      try {
        if (settle()) {
          return;
        }
        retryLater("waits: the state-db does not answer");
      } catch (DataAccessException | TransactionException away) {
        log.debug("the end of import {} waits for the state-db", job.id(), away);
        retryLater("waits: the state-db does not answer");
      }
    }
  }

  /// Makes durable what was taken, with its rows; from then on it need not be looked at again.
  ///
  /// @return false while the state-db does not answer
  private boolean settle() {
    tools.rollouts().force();
    if (!unsaved.stream().allMatch(tools.threads()::saveRows)) {
      return false;
    }
    unsaved.clear();
    taken.forEach(tools.seen()::note);
    taken.clear();
    return true;
  }

  /// @param reason as the import shows it meanwhile
  private void retryLater(String reason) {
    job.progress().waiting(reason);
    pause.rest(RETRY_PAUSE);
    job.progress().waiting(null);
  }

  /// Its thread was deleted here.
  private void passOver(SourceFile file) {
    job.progress().deleted(name(file));
    tools.meters().deleted();
  }

  private void fail(SourceFile file, String cause) {
    job.progress().failed(name(file), cause);
    tools.meters().failed();
  }

  private String name(SourceFile file) {
    return job.isUpload() ? job.path() : file.path().toString();
  }
}
