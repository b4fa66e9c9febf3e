package dev.rollbook.retention;

import dev.rollbook.audit.AuditEntry;
import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.audit.AuditLog;
import dev.rollbook.audit.AuditUnavailableException;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.HistoryFold;
import dev.rollbook.projection.ThreadFacts;
import dev.rollbook.retention.DeletionReceipts.DeletionCandidate;
import dev.rollbook.retention.RetentionPass.Due;
import dev.rollbook.rollout.RolloutContent;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.listing.ThreadListing;
import dev.rollbook.statedb.listing.ThreadQuery;
import dev.rollbook.statedb.listing.ThreadQuery.Position;
import dev.rollbook.thread.ThreadService;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Deletes threads that have been archived for the configured time. Before a thread is deleted, the
/// receipt of the deletion is on the disk.
@Component
record DeleteStep(
    ThreadService threads,
    ThreadRepository rows,
    DeletedThreads deleted,
    Rollouts rollouts,
    DeletionReceipts receipts,
    ThreadUseCheck inUse,
    ThreadListing listing,
    AuditLog audit)
    implements RetentionPass.Step {
  private static final Logger log = LoggerFactory.getLogger(DeleteStep.class);
  private static final String FORKED = "a fork needs it";
  private static final String PINNED = "pinned in its rollout";
  private static final String MISSING = "rollout_missing";
  private static final String CUT_SHORT = "the service ended before";
  private static final int PAGE_SIZE = 100;

  @Override
  public void apply(List<ThreadRow> batch, Due due, RetentionTally tally) throws IOException {
    var candidates = new ArrayList<DeletionCandidate>();
    batch.forEach(row -> selectForDeletion(row, candidates, tally));
    receipts.deleting(candidates, due.after());
    try {
      audit.require(candidates.stream().map(one -> entry(one, Outcome.STARTED)).toList());
    } catch (AuditUnavailableException e) {
      throw new IOException(e.getMessage(), e);
    }
    delete(candidates, due, tally);
  }

  /// Records the outcome of interrupted deletions: a thread is deleted once its tombstone is on the
  /// disk.
  void recordUnfinished() throws IOException {
    var outcomes = new LinkedHashMap<UUID, @Nullable String>();
    for (var left : receipts.readUnfinished().entrySet()) {
      var id = new ThreadId(left.getKey());
      boolean isGone =
          deleted.contains(id)
              || (rows.findById(id.value()).isEmpty()
                  && !isThere(rollouts.ref(id, left.getValue())));
      outcomes.put(id.value(), isGone ? null : CUT_SHORT);
    }
    receipts.outcomes(outcomes);
  }

  @Override
  public @Nullable String whyNot(ThreadRow row, Due due) {
    try {
      var used = inUse.writing(row);
      if (used.isPresent()) {
        return used.get();
      }
      if (content(row) == null) {
        return MISSING;
      }
      return hasDependentFork(row) ? FORKED : null;
    } catch (IOException e) {
      return StorageFaults.shortCause(e);
    }
  }

  /// Whether a fork has its history in the rollout of this parent. Forks that Rollbook made or
  /// imported are complete. A fork that a Codex made in this very data-dir only refers to its
  /// parent's rollout.
  private boolean hasDependentFork(ThreadRow parent) throws IOException {
    @Nullable Position after = null;
    List<ThreadRow> forks;
    do {
      forks = listing.page(ThreadQuery.byCreation(PAGE_SIZE, parent.id(), after));
      for (var fork : forks) {
        if (pointsTo(new ThreadId(parent.id()), fork)) {
          return true;
        }
        after = new Position(fork.provenance().createdAt(), fork.id());
      }
    } while (forks.size() == PAGE_SIZE);
    return false;
  }

  private boolean pointsTo(ThreadId parent, ThreadRow fork) throws IOException {
    try (var reader = rollouts.read(ref(fork))) {
      var first = reader.next();
      return first != null
          && ForkBase.of(first).filter(base -> base.parent().equals(parent)).isPresent();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void selectForDeletion(
      ThreadRow row, List<DeletionCandidate> candidates, RetentionTally tally) {
    try {
      var content = content(row);
      if (content == null) {
        tally.kept(RetentionAction.DELETE, row, MISSING);
      } else if (isPinnedIn(content, row)) {
        tally.kept(RetentionAction.DELETE, row, PINNED);
      } else {
        candidates.add(
            new DeletionCandidate(row, content.length(), sha256(content), content.tag()));
      }
    } catch (IOException e) {
      tally.kept(RetentionAction.DELETE, row, StorageFaults.shortCause(e));
    }
  }

  private void delete(List<DeletionCandidate> candidates, Due due, RetentionTally tally)
      throws IOException {
    var outcomes = new LinkedHashMap<UUID, @Nullable String>();
    try {
      for (var one : candidates) {
        delete(one, due, outcomes, tally);
      }
    } finally {
      receipts.outcomes(outcomes);
      audit.add(candidates.stream().map(one -> entry(one, outcome(one, outcomes))).toList());
    }
  }

  private static AuditEntry entry(DeletionCandidate one, Outcome outcome) {
    return AuditEntry.ofService("thread.delete", outcome).withThread(one.row().id().toString());
  }

  private static Outcome outcome(DeletionCandidate one, Map<UUID, @Nullable String> outcomes) {
    var id = one.row().id();
    return !outcomes.containsKey(id)
        ? Outcome.FAILED
        : outcomes.get(id) == null ? Outcome.DONE : Outcome.REFUSED;
  }

  /// A deletion that fails half-way gets no outcome now; the next pass records it.
  private void delete(
      DeletionCandidate one, Due due, Map<UUID, @Nullable String> outcomes, RetentionTally tally) {
    var row = one.row();
    try {
      if (threads.deleteIf(
          new ThreadId(row.id()), Cause.RETENTION, now -> isAsItWas(now, one, due))) {
        outcomes.put(row.id(), null);
        tally.done(RetentionAction.DELETE, row);
      } else {
        outcomes.put(row.id(), ThreadUseCheck.UPDATED);
        tally.kept(RetentionAction.DELETE, row, ThreadUseCheck.UPDATED);
      }
    } catch (OwnedElsewhereException e) {
      log.debug("thread {} is left to its owner", row.id(), e);
      outcomes.put(row.id(), ThreadUseCheck.ELSEWHERE);
      tally.kept(RetentionAction.DELETE, row, ThreadUseCheck.ELSEWHERE);
    } catch (RollbookException e) {
      log.debug("thread {} cannot be deleted", row.id(), e);
      tally.kept(RetentionAction.DELETE, row, ThreadUseCheck.said(e));
    }
  }

  private boolean isAsItWas(ThreadRow now, DeletionCandidate then, Due due) {
    return now.attributes().archivedAt() != null
        && now.attributes().archivedAt().isBefore(due.before())
        && !now.attributes().pinned()
        && then.tag().equals(tagOrNull(now))
        && inUse.writing(now).isEmpty();
  }

  /// Reads the pin from the rollout, because the row may have lost it and a deletion cannot be
  /// undone.
  private boolean isPinnedIn(RolloutContent content, ThreadRow row) throws IOException {
    try (var reader = rollouts.read(ref(row), content.length())) {
      return HistoryFold.read(new ThreadId(row.id()), reader, content.modified())
          .filter(ThreadFacts::pinned)
          .isPresent();
    }
  }

  private @Nullable String tagOrNull(ThreadRow row) {
    try {
      var content = content(row);
      return content == null ? null : content.tag();
    } catch (IOException e) {
      log.debug("rollout of thread {} cannot be looked at", row.id(), e);
      return null;
    }
  }

  private @Nullable RolloutContent content(ThreadRow row) throws IOException {
    return rollouts.content(ref(row), Long.MAX_VALUE).orElse(null);
  }

  /// A file that cannot be read counts as existing.
  private boolean isThere(RolloutRef ref) {
    try {
      return rollouts.exists(ref);
    } catch (IOException e) {
      log.debug("rollout {} cannot be looked at", ref.name(), e);
      return true;
    }
  }

  private RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
  }

  private static String sha256(RolloutContent content) throws IOException {
    try (var in = new DigestInputStream(content.open(), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
