package dev.rollbook.cluster;

import dev.rollbook.lock.ThreadLocks;
import dev.rollbook.lock.ThreadOwnership;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.OwnershipLostException;
import dev.rollbook.statedb.RowFence;
import dev.rollbook.statedb.files.FileOwner;
import dev.rollbook.statedb.files.OwnerRepository;
import dev.rollbook.statedb.files.OwnerRepository.OwnedThread;
import dev.rollbook.statedb.files.OwnerRepository.OwnerRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.TransactionException;

/// The threads that this process owns, each under an epoch.
///
/// A thread is claimed at its first hold. After its last hold is released, it is given up together
/// with others after the next beat, unless it is acquired again before. The loss of a thread is
/// noticed when the database refuses a write under its epoch.
public final class ThreadClaims implements ThreadOwnership, ThreadOwners, RowFence {
  private static final Logger log = LoggerFactory.getLogger(ThreadClaims.class);
  private static final int ATTEMPTS = 3;
  private static final int MAX_RELEASED = 1000;

  private final OwnerRepository owners;
  private final ClusterMembership members;
  private final UUID self;
  private final ConcurrentMap<ThreadId, Owned> owned = new ConcurrentHashMap<>();
  private final Set<ThreadId> idle = ConcurrentHashMap.newKeySet();
  private final ThreadLocks claiming = new ThreadLocks();
  private volatile Consumer<ThreadId> listener = thread -> {};

  /// @param holds 0 if the thread is about to be given up
  private record Owned(long epoch, int holds) {
    Owned plus(int added) {
      return new Owned(epoch, holds + added);
    }
  }

  public ThreadClaims(OwnerRepository owners, ClusterMembership members) {
    this.owners = owners;
    this.members = members;
    this.self = members.self().id();
    members.afterBeat(this::giveUpIdle);
  }

  @Override
  public void onLoss(Consumer<ThreadId> given) {
    this.listener = given;
  }

  /// @throws OwnedElsewhereException if another replica owns the thread
  @Override
  public Hold acquire(ThreadId id, Runnable require) {
    long epoch = claiming.holding(id, () -> hold(id, require));
    return () -> release(id, epoch);
  }

  private long hold(ThreadId id, Runnable require) {
    var known = owned.computeIfPresent(id, (same, present) -> present.plus(1));
    if (known != null) {
      return known.epoch();
    }
    require.run();
    long epoch = claim(id);
    owned.put(id, new Owned(epoch, 1));
    return epoch;
  }

  private long claim(ThreadId id) {
    try {
      OwnerRow gone = null;
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        var epoch = owners.claim(id.value(), self, gone);
        if (epoch.isPresent()) {
          log.debug("thread {} is owned under epoch {}", id, epoch.getAsLong());
          return epoch.getAsLong();
        }
        members.requireMember();
        gone = owners.find(id.value()).filter(row -> row.owner() != null).orElse(null);
        var owner = living(gone);
        if (owner != null) {
          throw new OwnedElsewhereException(id, owner);
        }
      }
      throw new IOException("other replicas claim it again and again");
    } catch (IOException e) {
      throw failure(id, e);
    }
  }

  /// The replica that owns a thread; null if there is none that lives.
  private @Nullable Replica living(@Nullable OwnerRow row) {
    var owner = row == null ? null : row.replica();
    return owner == null || owner.id().equals(self) || members.isGone(owner.id())
        ? null
        : ClusterMembership.replica(owner);
  }

  private static RuntimeException failure(ThreadId id, IOException e) {
    return switch (e.getCause()) {
      case DataAccessException cause -> cause;
      case TransactionException cause -> cause;
      case null, default ->
          new DataAccessResourceFailureException(
              "thread %s cannot be claimed: %s".formatted(id, e.getMessage()), e);
    };
  }

  private void release(ThreadId id, long epoch) {
    var left =
        owned.computeIfPresent(
            id, (same, present) -> present.epoch() == epoch ? present.plus(-1) : present);
    if (left != null && left.holds() == 0) {
      idle.add(id);
    }
  }

  /// Gives up the threads that have no hold any more. If that fails, this process claims them again
  /// when it needs them, and others do so when it has stopped.
  void giveUpIdle() {
    var released = new ArrayList<OwnedThread>();
    for (var ids = idle.iterator(); ids.hasNext() && released.size() < MAX_RELEASED; ) {
      var id = ids.next();
      ids.remove();
      owned.computeIfPresent(
          id,
          (same, present) -> {
            if (present.holds() > 0) {
              return present;
            }
            released.add(new OwnedThread(id.value(), present.epoch()));
            return null;
          });
    }
    if (!released.isEmpty()) {
      giveUp(released);
    }
  }

  private void giveUp(List<OwnedThread> released) {
    try {
      owners.release(self, released);
    } catch (IOException e) {
      log.debug("{} threads without use stay owned", released.size(), e);
    }
  }

  /// The right to write the files of a thread.
  ///
  /// @throws OwnershipLostException if this process does not own the thread
  public FileOwner owner(ThreadId id) throws OwnershipLostException {
    var present = owned.get(id);
    if (present == null) {
      throw refused(id);
    }
    return new FileOwner(self, id.value(), present.epoch());
  }

  /// Like [#owner], but claims the thread for as long as this process lives, if need be.
  public FileOwner claimedOwner(ThreadId id) throws IOException {
    var present = owned.get(id);
    if (present != null) {
      return new FileOwner(self, id.value(), present.epoch());
    }
    try {
      return new FileOwner(self, id.value(), claiming.holding(id, () -> hold(id, () -> {})));
    } catch (OwnedElsewhereException e) {
      throw refused(id);
    } catch (DataAccessException | TransactionException e) {
      throw new IOException("thread %s cannot be claimed".formatted(id), e);
    }
  }

  /// Does not ask the database.
  ///
  /// @throws OwnershipLostException if this process knows that it does not own the thread
  public void requireNotLost(FileOwner owner) throws OwnershipLostException {
    var thread = owner.thread();
    if (thread != null) {
      var id = new ThreadId(thread);
      var present = owned.get(id);
      if (present == null || present.epoch() != owner.epoch()) {
        throw refused(id);
      }
    }
  }

  /// Asks the database.
  ///
  /// @throws OwnershipLostException if another replica has claimed the thread
  public void requireHeld(FileOwner owner) throws IOException {
    var thread = owner.thread();
    if (thread != null && !owners.isHeld(thread, owner.epoch())) {
      var id = new ThreadId(thread);
      lost(id, owner.epoch());
      throw refused(id);
    }
  }

  private void lost(ThreadId id, long epoch) {
    var before = owned.get(id);
    if (before != null && before.epoch() == epoch && owned.remove(id, before)) {
      log.info("thread {} is written by another replica from now on: it is unloaded here", id);
      listener.accept(id);
    }
  }

  private static OwnershipLostException refused(ThreadId id) {
    return new OwnershipLostException(
        "thread %s is not owned by this process: another Rollbook may write it".formatted(id));
  }

  @Override
  public Owner find(ThreadId id) {
    if (owned.containsKey(id)) {
      return new Owner.Here();
    }
    try {
      var owner = living(owners.find(id.value()).orElse(null));
      return owner == null ? new Owner.Nobody() : new Owner.Other(owner);
    } catch (IOException e) {
      throw failure(id, e);
    }
  }

  @Override
  public UUID self() {
    return self;
  }

  @Override
  public OptionalLong epoch(UUID thread) {
    var present = owned.get(new ThreadId(thread));
    return present == null ? OptionalLong.empty() : OptionalLong.of(present.epoch());
  }

  @Override
  public void lost(UUID thread, long epoch) {
    lost(new ThreadId(thread), epoch);
  }
}
