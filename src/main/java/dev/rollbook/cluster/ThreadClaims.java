package dev.rollbook.cluster;

import dev.rollbook.cluster.ClaimStatistics.Kind;
import dev.rollbook.lock.ThreadLocks;
import dev.rollbook.lock.ThreadOwnership;
import dev.rollbook.memory.HeapShare;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.OwnershipLostException;
import dev.rollbook.statedb.RowFence;
import dev.rollbook.statedb.files.FileOwner;
import dev.rollbook.statedb.files.OwnerRepository;
import dev.rollbook.statedb.files.OwnerRepository.OwnedThread;
import dev.rollbook.statedb.files.OwnerRepository.OwnerRow;
import dev.rollbook.statedb.files.ReplicaRow;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// The threads that this process owns, each under an epoch.
///
/// A thread is claimed at its first hold. After its last hold is released, it is given up together
/// with others after the next beat, unless it is acquired again before. The loss of a thread is
/// noticed when the database refuses a write under its epoch. After a pause in which this process
/// may have been replaced, all threads are compared with the database.
///
/// A process that must be the only one claims a thread with the first write instead. Nobody else
/// can claim the thread meanwhile, because a claim needs a member. So such a process loads threads
/// while the database commits nothing, and the first file of a new thread needs no further commit.
/// What a process before it has written until the claim is seen when the file is opened.
///
/// A process that stops may refuse to claim threads ([#refuse]): then a peer is to do so.
public final class ThreadClaims implements ThreadOwnership, ThreadOwners, RowFence {
  private static final Logger log = LoggerFactory.getLogger(ThreadClaims.class);
  private static final int ATTEMPTS = 3;
  private static final int MAX_RELEASED = 1000;
  private static final int MAX_COMPARED = 1000;
  private static final long FIRST_EPOCH = 1;

  private final OwnerRepository owners;
  private final ClusterMembership members;
  private final UUID self;
  private final ConcurrentMap<ThreadId, Owned> owned = new ConcurrentHashMap<>();
  private final Set<ThreadId> idle = ConcurrentHashMap.newKeySet();
  private final ThreadLocks claiming = new ThreadLocks();
  private final ClaimStatistics statistics;
  private final KnownOwners known = new KnownOwners(HeapShare.OWNERS.bytes());

  /// To be given up, as the database did not answer before.
  private final Queue<OwnedThread> kept = new ConcurrentLinkedQueue<>();

  private volatile boolean refusing;
  private volatile Consumer<ThreadId> listener = thread -> {};
  private volatile Consumer<ThreadId> leaving = thread -> {};

  /// One time of ownership. Holds are counted within the map; at 0, the thread is about to be given
  /// up.
  private static final class Owned {
    /// Before the claim.
    static final long NO_EPOCH = 0;

    final AtomicLong epoch;
    final AtomicInteger holds = new AtomicInteger(1);

    Owned(long epoch) {
      this.epoch = new AtomicLong(epoch);
    }

    Owned plus(int added) {
      holds.addAndGet(added);
      return this;
    }

    boolean isHeld() {
      return holds.get() > 0;
    }

    boolean isClaimed() {
      return epoch.get() != NO_EPOCH;
    }
  }

  public ThreadClaims(OwnerRepository owners, ClusterMembership members) {
    this(owners, members, Clock.systemUTC());
  }

  ThreadClaims(OwnerRepository owners, ClusterMembership members, Clock clock) {
    this.owners = owners;
    this.members = members;
    this.statistics = new ClaimStatistics(clock);
    this.self = members.self().id();
    members.afterBeat(this::afterBeat);
    members.afterRemoval(this::loseAll);
  }

  @Override
  public void onLoss(Consumer<ThreadId> given) {
    this.listener = given;
  }

  @Override
  public void onLeave(Consumer<ThreadId> action) {
    this.leaving = action;
  }

  /// From here on, threads without a hold are left to the peers, as long as there are any.
  void refuse() {
    refusing = true;
  }

  /// @throws OwnedElsewhereException if another replica owns the thread, or is to own it
  @Override
  public Hold acquire(ThreadId id, Runnable require) {
    var held = claiming.holding(id, () -> hold(id, require));
    return new Hold() {
      @Override
      public void release() {
        ThreadClaims.this.release(id, held);
      }

      @Override
      public boolean isLost() {
        return owned.get(id) != held;
      }
    };
  }

  private Owned hold(ThreadId id, Runnable require) {
    boolean refuses = refusing;
    var known =
        owned.computeIfPresent(
            id, (same, present) -> refuses && !present.isHeld() ? present : present.plus(1));
    if (known != null && known.isHeld()) {
      return known;
    }
    require.run();
    if (refuses && find(id) instanceof Owner.Other(var replica)) {
      throw new OwnedElsewhereException(id, replica);
    }
    try {
      var held = new Owned(members.isSole() ? Owned.NO_EPOCH : claim(id));
      owned.put(id, held);
      return held;
    } catch (IOException e) {
      throw failure(id, e);
    }
  }

  private long claim(ThreadId id) throws IOException {
    OwnerRow gone = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      var epoch = owners.claim(id.value(), self, gone);
      if (epoch.isPresent()) {
        log.debug("thread {} is owned under epoch {}", id, epoch.getAsLong());
        count(epoch.getAsLong(), gone);
        return epoch.getAsLong();
      }
      members.requireMember();
      gone = owners.find(id.value()).filter(row -> row.owner() != null).orElse(null);
      var owner = living(gone);
      if (owner != null) {
        known.set(id, owner.id());
        throw new OwnedElsewhereException(id, owner);
      }
    }
    throw new IOException("other replicas claim it again and again");
  }

  private void count(long epoch, @Nullable OwnerRow gone) {
    if (gone != null) {
      statistics.takenOver(Optional.ofNullable(gone.replica()).map(ReplicaRow::name));
    } else {
      statistics.claimed(epoch == FIRST_EPOCH ? Kind.NEW : Kind.FREE);
    }
  }

  /// The epoch of a thread, which is claimed now if it is not yet.
  private long claimedEpoch(ThreadId id, Owned held) throws IOException {
    synchronized (held) {
      if (!held.isClaimed()) {
        held.epoch.set(claim(id));
      }
      return held.epoch.get();
    }
  }

  /// The replica that owns a thread; null if there is none that lives.
  private @Nullable Replica living(@Nullable OwnerRow row) {
    var owner = row == null ? null : row.replica();
    return owner == null || owner.id().equals(self) || members.isGone(owner)
        ? null
        : ClusterMembership.replica(owner);
  }

  private static RuntimeException failure(ThreadId id, IOException e) {
    return DatabaseFailures.of(e, "thread %s cannot be claimed: %s".formatted(id, e.getMessage()));
  }

  private void release(ThreadId id, Owned held) {
    var left =
        owned.computeIfPresent(id, (same, present) -> present == held ? present.plus(-1) : present);
    if (left != null && !left.isHeld()) {
      idle.add(id);
    }
  }

  private void afterBeat() throws IOException {
    if (members.mayBeReplaced()) {
      findLost();
    }
    giveUpIdle();
  }

  private void findLost() throws IOException {
    var claimed = claimed();
    for (int from = 0; from < claimed.size(); from += MAX_COMPARED) {
      var some = claimed.subList(from, Math.min(claimed.size(), from + MAX_COMPARED));
      var held = owners.held(some);
      for (var thread : some) {
        if (!held.contains(thread.thread())) {
          lost(thread.thread(), thread.epoch());
        }
      }
    }
  }

  /// Other replicas can claim all threads of one that was removed.
  private void loseAll() {
    if (!members.isSole()) {
      claimed().forEach(thread -> lost(thread.thread(), thread.epoch()));
    }
  }

  private List<OwnedThread> claimed() {
    var claimed = new ArrayList<OwnedThread>();
    owned.forEach((id, thread) -> {
      if (thread.isClaimed()) {
        claimed.add(new OwnedThread(id.value(), thread.epoch.get()));
      }
    });
    return claimed;
  }

  /// Gives up the threads that have no hold any more. If that fails, this process claims them again
  /// when it needs them, and others do so when it has stopped.
  ///
  /// @return false if some are left, because it has failed or they are many; they are given up
  ///   after the next beat
  synchronized boolean giveUpIdle() {
    var released = new ArrayList<OwnedThread>();
    while (released.size() < MAX_RELEASED && !kept.isEmpty()) {
      released.add(kept.remove());
    }
    for (var ids = idle.iterator(); ids.hasNext() && released.size() < MAX_RELEASED; ) {
      var id = ids.next();
      ids.remove();
      owned.computeIfPresent(
          id,
          (same, present) -> {
            if (present.isHeld()) {
              return present;
            }
            if (present.isClaimed()) {
              released.add(new OwnedThread(id.value(), present.epoch.get()));
            }
            return null;
          });
    }
    released.forEach(thread -> leaving.accept(new ThreadId(thread.thread())));
    return (released.isEmpty() || giveUp(released)) && kept.isEmpty() && idle.isEmpty();
  }

  private boolean giveUp(List<OwnedThread> released) {
    try {
      owners.release(self, released);
      return true;
    } catch (IOException e) {
      log.debug("{} threads without use stay owned", released.size(), e);
      kept.addAll(released);
      return false;
    }
  }

  /// The right to write the files of a thread.
  ///
  /// @throws OwnershipLostException if this process does not own the thread
  /// @throws IOException if the thread is not claimed yet, and cannot be claimed now
  public FileOwner owner(ThreadId id) throws IOException {
    var present = owned.get(id);
    if (present == null) {
      throw refused(id);
    }
    return owner(id, present);
  }

  private FileOwner owner(ThreadId id, Owned held) throws IOException {
    try {
      return new FileOwner(self, id.value(), claimedEpoch(id, held));
    } catch (OwnedElsewhereException e) {
      throw new IOException("thread %s cannot be claimed".formatted(id), e);
    }
  }

  /// Like [#owner], but owns the thread for as long as this process lives, if need be.
  public FileOwner claimedOwner(ThreadId id) throws IOException {
    try {
      var present = owned.get(id);
      return owner(id, present != null ? present : claiming.holding(id, () -> hold(id, () -> {})));
    } catch (OwnedElsewhereException e) {
      throw refused(id);
    } catch (DataAccessException | TransactionException e) {
      throw new IOException("thread %s cannot be claimed".formatted(id), e);
    }
  }

  /// A statement that claims a thread that nobody has owned before.
  public interface FirstClaim {
    /// @return false if it has done nothing, as the thread had an owner before
    boolean run(FileOwner first) throws IOException;
  }

  /// Claims a thread of this process by another statement, unless it is claimed.
  ///
  /// @return false if the statement was not run, or has done nothing
  public boolean claimBy(ThreadId id, FirstClaim claim) throws IOException {
    var present = owned.get(id);
    if (present == null || present.isClaimed()) {
      return false;
    }
    synchronized (present) {
      var first = new FileOwner(self, id.value(), FIRST_EPOCH);
      boolean claimed = !present.isClaimed() && claim.run(first);
      if (claimed) {
        present.epoch.set(FIRST_EPOCH);
      }
      return claimed;
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
      if (present == null || present.epoch.get() != owner.epoch()) {
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
    if (before != null && before.epoch.get() == epoch && owned.remove(id, before)) {
      statistics.lost();
      log.info("thread {} is written by another replica from now on: it is unloaded here", id);
      listener.accept(id);
      leaving.accept(id);
    }
  }

  private static OwnershipLostException refused(ThreadId id) {
    return new OwnershipLostException(
        "thread %s is not owned by this process: another Rollbook may write it".formatted(id));
  }

  @Override
  public Owner find(ThreadId id) {
    var present = owned.get(id);
    if (present != null
        && (present.isHeld() || !refusing)
        && (!members.mayBeReplaced() || isHeld(id, present))) {
      return new Owner.Here();
    }
    try {
      var owner = living(owners.find(id.value()).orElse(null));
      known.set(id, owner == null ? null : owner.id());
      if (owner == null && refusing) {
        owner = members.heir(id).orElse(null);
      }
      return owner == null ? new Owner.Nobody() : new Owner.Other(owner);
    } catch (IOException e) {
      log.debug("the owner of thread {} cannot be looked up", id, e);
      return lastKnown(id).orElseThrow(() -> failure(id, e));
    }
  }

  /// While the database is away, no other replica claims anything, and none counts as gone.
  private Optional<Owner> lastKnown(ThreadId id) {
    return known
        .find(id)
        .flatMap(
            owner -> members.peers().stream().filter(peer -> peer.id().equals(owner)).findFirst())
        .map(Owner.Other::new);
  }

  @Override
  public void remember(ThreadId id, UUID owner) {
    known.set(id, owner);
  }

  /// While the database is away, no other replica claims anything.
  private boolean isHeld(ThreadId id, Owned present) {
    long epoch = present.epoch.get();
    try {
      boolean held = owners.isHeld(id.value(), epoch);
      if (!held) {
        lost(id, epoch);
      }
      return held;
    } catch (IOException e) {
      log.debug("the owner of thread {} cannot be looked up", id, e);
      return true;
    }
  }

  /// Number of threads that this process owns now.
  int owned() {
    return owned.size();
  }

  ClaimStatistics statistics() {
    return statistics;
  }

  @Override
  public UUID self() {
    return self;
  }

  @Override
  public OptionalLong epoch(UUID thread) {
    var id = new ThreadId(thread);
    var present = owned.get(id);
    try {
      return present == null ? OptionalLong.empty() : OptionalLong.of(claimedEpoch(id, present));
    } catch (OwnedElsewhereException e) {
      log.debug("the rows of thread {} are left to its owner", id, e);
      return OptionalLong.empty();
    } catch (IOException e) {
      throw failure(id, e);
    }
  }

  @Override
  public void lost(UUID thread, long epoch) {
    lost(new ThreadId(thread), epoch);
  }
}
