package dev.rollbook.cluster;

import dev.rollbook.model.StartupException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.ProcessLock;
import dev.rollbook.statedb.files.FileOwner;
import dev.rollbook.statedb.files.ReplicaRepository;
import dev.rollbook.statedb.files.ReplicaRow;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Membership of this process among those that use the files in the database.
///
/// A member increments a counter, its beat, and reads those of the others. A member without an
/// address must be the only one: it starts only if all others are silent, which it removes, and
/// keeps others from starting.
///
/// A member that was only paused may still write when it wakes up. It cannot do harm: what it owned
/// has later epochs by then, if others needed it ([ThreadClaims]). If it was removed, it writes
/// nothing from its next beat on.
public final class ClusterMembership implements Replicas, ProcessLock, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterMembership.class);
  private static final Duration BEAT = Duration.ofMillis(400);

  /// After this time of silence, a replica is removed.
  private static final Duration FORGOTTEN = Duration.ofMinutes(10);

  private final ReplicaRepository rows;
  private final ReplicaRow joined;
  private final Duration goneAfter;
  private final Runnable lostAction;
  private final SilenceWatch watch;

  /// Peers that have said that they stop, though their row may not say so yet.
  private final Set<UUID> stoppingPeers = ConcurrentHashMap.newKeySet();

  /// [System#nanoTime] of the last failed connection to a peer.
  private final ConcurrentMap<UUID, Long> failedAt = new ConcurrentHashMap<>();

  /// Ends the pause between two beats.
  private final Semaphore wakeUp = new Semaphore(0);

  private final Thread worker;
  private volatile boolean closed;
  private volatile String listening = "";
  private volatile boolean stopping;
  private volatile boolean lost;
  private volatile AfterBeat afterBeat = () -> {};
  private volatile Runnable afterRemoval = () -> {};

  /// [System#nanoTime] until which no other replica can have taken a thread of this one for gone.
  private volatile long checkedAt = System.nanoTime();

  /// An action that is run after each beat.
  interface AfterBeat {
    void run() throws IOException;
  }

  private ClusterMembership(
      ReplicaRepository rows,
      ReplicaRow self,
      Duration goneAfter,
      Runnable lostAction,
      SilenceWatch watch) {
    this.rows = rows;
    this.joined = self;
    this.goneAfter = goneAfter;
    this.lostAction = lostAction;
    this.watch = watch;
    this.worker = Thread.ofPlatform().daemon().name("cluster-beat").start(this::run);
  }

  /// Joins the processes that use the files, once this is possible.
  ///
  /// @param name for the message that another process ends with
  /// @param address where other replicas reach this one; null if it must be the only one
  /// @param lostAction called if another process has removed this one, and again every 0.4 s,
  ///   because a start that is still going on may undo what it does
  /// @throws StartupException if another process must be the only one, or this one must
  public static ClusterMembership join(
      ReplicaRepository rows,
      String name,
      @Nullable URI address,
      String version,
      Duration goneAfter,
      Runnable lostAction)
      throws IOException, InterruptedException {
    var self =
        new ReplicaRow(
            UUID.randomUUID(),
            name,
            address == null ? null : address.toString(),
            version,
            0,
            false);
    var watch = new SilenceWatch(BEAT);
    var first = obstacles(self, read(rows, watch));
    if (!first.isEmpty()) {
      log.info(
          "the files in the database were last written by {}; checking whether it is still running",
          first.getFirst().name());
    }
    var obstacles = first;
    while (!obstacles.stream().allMatch(other -> isSilent(watch, other, goneAfter))) {
      Thread.sleep(BEAT.dividedBy(2));
      obstacles = obstacles(self, read(rows, watch));
      for (var other : obstacles) {
        if (!first.contains(other)) {
          throw inUse(other);
        }
      }
    }
    if (!rows.join(self, Instant.now(), obstacles, others -> obstacles(self, others).isEmpty())) {
      throw inUse(obstacles(self, rows.findAll()).stream().findFirst().orElse(self));
    }
    return new ClusterMembership(rows, self, goneAfter, lostAction, watch);
  }

  private static List<ReplicaRow> read(ReplicaRepository rows, SilenceWatch watch)
      throws IOException {
    long begun = System.nanoTime();
    var all = rows.findAll();
    watch.read(all, begun, System.nanoTime());
    return all;
  }

  /// The processes beside which a process must not start.
  private static List<ReplicaRow> obstacles(ReplicaRow self, List<ReplicaRow> others) {
    return others.stream()
        .filter(other -> self.address() == null || other.address() == null)
        .toList();
  }

  private static boolean isSilent(SilenceWatch watch, ReplicaRow other, Duration goneAfter) {
    return watch.silence(other.id()).filter(silence -> silence.compareTo(goneAfter) < 0).isEmpty();
  }

  private static StartupException inUse(ReplicaRow other) {
    return new StartupException(
        "The files in the database are in use by another Rollbook: %s.".formatted(other.name()),
        "Stop that one first, or give this one a database of its own with spring.datasource.url."
            + " After a crash, a start is possible two seconds later.");
  }

  @Override
  public Replica self() {
    return replica(
        new ReplicaRow(
            joined.id(), name(), joined.address(), joined.version(), joined.beat(), stopping));
  }

  @Override
  public boolean isAlive(UUID id) {
    var silence = watch.silence(id);
    if (silence.isPresent()) {
      return silence.get().compareTo(goneAfter) < 0;
    }
    try {
      return rows.findAll().stream().anyMatch(row -> row.id().equals(id));
    } catch (IOException e) {
      throw DatabaseFailures.of(e, "replica %s cannot be looked up".formatted(id));
    }
  }

  @Override
  public boolean isSole() {
    return joined.address() == null;
  }

  @Override
  public List<Replica> peers() {
    return watch.rows().stream()
        .filter(row -> row.address() != null && !row.id().equals(joined.id()))
        .filter(row -> !isGone(row.id()))
        .map(ClusterMembership::replica)
        .toList();
  }

  /// The others, also those that are gone. If a replica was started again after a crash, only its
  /// present life is listed: the one with its address that is not gone.
  List<ObservedReplica> others() {
    var rows = watch.rows();
    var addresses =
        rows.stream()
            .filter(row -> !isGone(row.id()))
            .map(ReplicaRow::address)
            .collect(Collectors.toSet());
    return rows.stream()
        .filter(row -> !row.id().equals(joined.id()))
        .filter(row -> !isGone(row.id()) || !addresses.contains(row.address()))
        .sorted(Comparator.comparing(ReplicaRow::name))
        .map(this::observed)
        .toList();
  }

  private ObservedReplica observed(ReplicaRow row) {
    var state =
        isGone(row.id())
            ? ObservedReplica.State.GONE
            : row.stopping() ? ObservedReplica.State.STOPPING : ObservedReplica.State.ALIVE;
    return new ObservedReplica(replica(row), state, watch.silence(row.id()).orElse(Duration.ZERO));
  }

  /// A replica that has just started may be missing in the last read, and is not gone.
  @Override
  public boolean isGone(UUID id) {
    return isGone(id, goneAfter);
  }

  @Override
  public Optional<Replica> heir(ThreadId thread) {
    var heirs = heirs();
    return heirs.isEmpty()
        ? Optional.empty()
        : Optional.of(heirs.get(Math.floorMod(thread.hashCode(), heirs.size())));
  }

  /// Whether a peer can go on with the threads of this replica. One failed connection does not
  /// count: the next one may succeed.
  boolean hasHeir() {
    return !isSole() && peersThatStay().findAny().isPresent();
  }

  private List<Replica> heirs() {
    return peersThatStay().filter(peer -> !hasJustFailed(peer.id())).toList();
  }

  private Stream<Replica> peersThatStay() {
    return peers().stream()
        .filter(peer -> !peer.isStopping() && !stoppingPeers.contains(peer.id()));
  }

  private boolean hasJustFailed(UUID id) {
    var at = failedAt.get(id);
    return at != null && System.nanoTime() - at < goneAfter.toNanos();
  }

  @Override
  public void hasSaidToStop(UUID id) {
    if (stopping && stoppingPeers.add(id)) {
      log.debug("replica {} stops, too: it gets no threads of this one", id);
    }
  }

  @Override
  public void cannotReach(UUID id) {
    if (stopping) {
      log.debug("replica {} cannot be reached: it gets no threads of this one for now", id);
      failedAt.put(id, System.nanoTime());
    }
  }

  /// The same, if the row shows no later sign of life than the last read.
  boolean isGone(ReplicaRow row) {
    return isGone(row.id())
        && watch.rows().stream()
            .anyMatch(seen -> seen.id().equals(row.id()) && seen.beat() == row.beat());
  }

  private boolean isGone(UUID id, Duration after) {
    return watch.silence(id).filter(silence -> silence.compareTo(after) >= 0).isPresent();
  }

  static Replica replica(ReplicaRow row) {
    return new Replica(
        row.id(),
        row.name(),
        Optional.ofNullable(row.address()).map(URI::create).orElse(null),
        row.version(),
        row.stopping());
  }

  /// The right to write files of no thread.
  public FileOwner unthreaded() {
    return FileOwner.ofNoThread(joined.id());
  }

  /// Asks the database.
  ///
  /// @throws IOException if another process has removed this one
  public void requireMember() throws IOException {
    requireNotLost();
    if (rows.findAll().stream().noneMatch(row -> row.id().equals(joined.id()))) {
      throw lost();
    }
  }

  /// Does not ask the database, so that every write can call it.
  ///
  /// @throws IOException if this process knows that another one has removed it
  public void requireNotLost() throws IOException {
    if (lost) {
      throw lost();
    }
  }

  private static IOException lost() {
    return new IOException("another Rollbook writes the files in the database");
  }

  /// Whether another process has removed this one.
  public boolean isLost() {
    return lost;
  }

  @Override
  public void listensOn(String given) {
    listening = ", listening on " + given;
  }

  /// Tells the others that this process is about to stop. It goes on claiming threads until its
  /// background work has ended ([ThreadClaims#refuse]), so that no import fails halfway.
  void stopping() {
    stopping = true;
    wakeUp.release();
  }

  /// Sets an action to run after each beat. If [#mayBeReplaced], it looks for threads that others
  /// have claimed, or fails.
  void afterBeat(AfterBeat action) {
    this.afterBeat = action;
  }

  /// Sets an action to run, again and again, if this replica was removed.
  void afterRemoval(Runnable action) {
    this.afterRemoval = action;
  }

  /// Whether this replica was silent for so long that others may have claimed its threads.
  boolean mayBeReplaced() {
    return !isSole() && System.nanoTime() - checkedAt > goneAfter.toNanos();
  }

  private String name() {
    return joined.name() + listening;
  }

  private void run() {
    while (!isClosedAfter(BEAT)) {
      try {
        beatOnce();
      } catch (IOException | RuntimeException e) {
        log.debug("the beat of this process cannot be written", e);
      }
    }
  }

  private boolean isClosedAfter(Duration pause) {
    try {
      if (wakeUp.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        log.trace("the next beat is early");
      }
      return closed;
    } catch (InterruptedException e) {
      return true;
    }
  }

  void beatOnce() throws IOException {
    if (lost) {
      lostAction.run();
      afterRemoval.run();
    } else {
      long begun = System.nanoTime();
      beat();
      afterBeat.run();
      checkedAt = begun;
    }
  }

  /// Shows that this process lives, and looks for signs of life of the others.
  public void beat() throws IOException {
    long begun = System.nanoTime();
    var all = rows.beat(joined.id(), name(), stopping);
    watch.read(all, begun, System.nanoTime());
    if (all.stream().noneMatch(row -> row.id().equals(joined.id()))) {
      removed();
    }
    for (var row : all) {
      if (isGone(row.id(), FORGOTTEN)) {
        rows.remove(row);
      }
    }
  }

  private void removed() {
    lost = true;
    log.error(
        "another Rollbook has taken over the files in the database, because this one did not"
            + " answer for {} s: nothing is written any more; restart this process",
        goneAfter.toSeconds());
    lostAction.run();
  }

  /// Ends the beats, as the death of the process would.
  public void endBeats() {
    closed = true;
    wakeUp.release();
    try {
      worker.join(BEAT.multipliedBy(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    endBeats();
    try {
      rows.leave(joined.id());
    } catch (IOException e) {
      log.debug("this process counts as gone a little later", e);
    }
  }
}
