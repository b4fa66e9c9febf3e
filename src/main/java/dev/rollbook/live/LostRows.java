package dev.rollbook.live;

import dev.rollbook.event.Event.ThreadDeleted;
import dev.rollbook.model.LogFields;
import dev.rollbook.reconcile.Rebuild;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/// What becomes of a live thread whose row is gone: the state-db lost it, or somebody deleted it.
@Component
class LostRows {
  private static final Logger log = LoggerFactory.getLogger(LostRows.class);

  private final Rebuild rebuild;
  private final ThreadRows rows;

  LostRows(Rebuild rebuild, ThreadRows rows) {
    this.rebuild = rebuild;
    this.rows = rows;
  }

  /// Makes the row again, from the rollout where there is one.
  ///
  /// @param outages of the state-db so far
  void restore(LiveThread thread, int outages) {
    try (var _ = LogFields.of(thread.id())) {
      if (!rebuild.insert(thread.rollout())) {
        rows.insert(thread.rows().origin());
      }
      log.info("the state-db lost thread {}: made again from its rollout", thread.id());
    } catch (DuplicateKeyException reconciledMeanwhile) {
      log.debug("thread {} has its row again", thread.id(), reconciledMeanwhile);
    } catch (IOException unreadable) {
      log.warn(
          "the state-db lost thread {}, and its rollout cannot be read: {}",
          thread.id(),
          StorageFaults.shortCause(unreadable));
    }
    thread.restored(outages);
  }

  /// Finds the gaps of a thread in its rollout, where it is known of them no longer.
  void findGaps(LiveThread thread) {
    try {
      var row = rows.findById(thread.id().value());
      if (row.isPresent()) {
        thread.rows().openGaps(rebuild.bringUp(row.get()).openGaps());
      }
    } catch (IOException unreadable) {
      log.warn(
          "gaps of thread {} were forgotten, and its rollout cannot be read: {}",
          thread.id(),
          StorageFaults.shortCause(unreadable));
    }
  }

  /// Appends of its turn are skipped from now on.
  void deletedElsewhere(LiveThread thread) {
    try (var _ = LogFields.of(thread.id())) {
      thread.control(Recorder::threadDeleted, new ThreadDeleted(thread.id()));
      log.debug("thread {} has no row any more: it was deleted", thread.id());
    } catch (Residence.Unloaded deletedHere) {
      log.debug("thread {} was deleted and unloaded", thread.id(), deletedHere);
    } catch (IOException notClosed) {
      log.warn(
          "rollout of deleted thread {} could not be closed: {}",
          thread.id(),
          StorageFaults.shortCause(notClosed));
    }
  }
}
