package dev.rollbook.retention;

import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.retention.RetentionPass.Due;
import dev.rollbook.rollout.RolloutCompressor;
import dev.rollbook.rollout.RolloutCompressor.Compressed;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.RetentionRepository;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Compresses the rollouts of threads that have not been updated for the configured time, including
/// those of pinned threads. The rollout of a live thread is not compressed until the thread is
/// unloaded.
@Component
record CompressStep(
    LiveThreads live,
    Rollouts rollouts,
    RolloutCompressor cold,
    ThreadRepository threads,
    RetentionRepository rows)
    implements RetentionPass.Step {
  private static final Logger log = LoggerFactory.getLogger(CompressStep.class);
  private static final String IN_MEMORY = "in memory";
  private static final String MISSING = "rollout_missing";

  @Override
  public @Nullable String whyNot(ThreadRow row, Due due) {
    return live.find(new ThreadId(row.id())).isPresent() ? IN_MEMORY : null;
  }

  /// A full disk ends the pass: what is left of it is for new items, not for compressed copies.
  @Override
  public void apply(List<ThreadRow> batch, Due due, RetentionTally tally) throws IOException {
    for (var row : batch) {
      try {
        compress(row, due, tally);
      } catch (IOException e) {
        if (StorageFaults.isFull(e)) {
          throw e;
        }
        log.debug("rollout of thread {} cannot be compressed", row.id(), e);
        tally.kept(RetentionAction.COMPRESS, row, StorageFaults.shortCause(e));
      }
    }
  }

  private void compress(ThreadRow row, Due due, RetentionTally tally) throws IOException {
    var ref = rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
    var compressed = cold.compress(ref);
    if (compressed.isEmpty()) {
      noteOthers(ref, row, tally);
      return;
    }
    try (var file = compressed.get()) {
      if (replace(file, row, due)) {
        tally.done(RetentionAction.COMPRESS, row, file.bytes());
      } else {
        tally.kept(RetentionAction.COMPRESS, row, ThreadUseCheck.UPDATED);
      }
    }
  }

  /// Codex may have compressed the rollout, or a crash come before the row was updated.
  private void noteOthers(RolloutRef ref, ThreadRow row, RetentionTally tally) throws IOException {
    var size = rollouts.compressedSize(ref);
    if (size == null) {
      tally.kept(RetentionAction.COMPRESS, row, MISSING);
    } else {
      rows.compressed(row.id(), size);
    }
  }

  private boolean replace(Compressed file, ThreadRow row, Due due) throws IOException {
    return live.ifNotLoaded(new ThreadId(row.id()), () -> replaceNow(file, row, due)).orElse(false);
  }

  private boolean replaceNow(Compressed file, ThreadRow row, Due due) throws IOException {
    var now = threads.findById(row.id());
    boolean same =
        now.isPresent()
            && now.get().storage().rolloutPath().equals(row.storage().rolloutPath())
            && now.get().activity().updatedAt().isBefore(due.before());
    if (!same || !file.replace()) {
      return false;
    }
    rows.compressed(row.id(), file.bytes());
    return true;
  }
}
