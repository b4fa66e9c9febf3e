package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.rollbook.cluster.ThreadOwners.Owner;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.OwnershipLostException;
import dev.rollbook.statedb.files.OwnerRepository;
import dev.rollbook.storage.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;

/// One replica at a time owns a thread, and only it writes the thread.
class ThreadClaimsTest {
  private static final Runnable ANY = () -> {};

  private final TestDatabase database = TestDatabase.open();
  private final ThreadId thread = ThreadId.next();
  private final Path rollout =
      Path.of("/data/sessions/rollout-2026-11-30T12-00-00-%s.jsonl".formatted(thread));
  private TestDatabase.Process first;
  private TestDatabase.Process second;

  @BeforeEach
  void start() {
    first = database.replica("first");
    second = database.replica("second");
  }

  @AfterEach
  void stop() {
    first.close();
    second.close();
    database.close();
  }

  @Test
  void aThreadOfALivingReplicaIsNotClaimed() {
    first.threads.acquire(thread, ANY);

    var refused =
        catchThrowableOfType(
            OwnedElsewhereException.class, () -> second.threads.acquire(thread, ANY));

    assertThat(refused.owner()).isEqualTo(first.member.self());
    assertThat(first.threads.find(thread)).isEqualTo(new Owner.Here());
    assertThat(second.threads.find(thread)).isEqualTo(new Owner.Other(first.member.self()));
    assertThat(second.threads.find(ThreadId.next())).isEqualTo(new Owner.Nobody());
  }

  @Test
  void aThreadThatIsNotThereIsNotClaimed() throws IOException {
    assertThatThrownBy(() ->
            first.threads.acquire(
                thread,
                () -> {
                  throw new IllegalStateException("no such thread");
                }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(database.owners().find(thread.value())).isEmpty();
  }

  @Test
  void aThreadIsGivenUpAfterItsLastHold() {
    var one = first.threads.acquire(thread, ANY);
    var other = first.threads.acquire(thread, ANY);
    long epoch = epoch(first);
    one.release();
    first.threads.giveUpIdle();
    assertThat(second.threads.find(thread)).isInstanceOf(Owner.Other.class);
    other.release();
    var again = first.threads.acquire(thread, ANY);
    first.threads.giveUpIdle();
    assertThat(epoch(first)).as("acquired again before it was given up").isEqualTo(epoch);

    again.release();
    first.threads.giveUpIdle();

    assertThat(second.threads.find(thread)).isEqualTo(new Owner.Nobody());
    second.threads.acquire(thread, ANY);
    assertThat(epoch(second)).isEqualTo(epoch + 1);
    assertThat(first.threads.find(thread)).isEqualTo(new Owner.Other(second.member.self()));
  }

  /// So that its events end before another replica adds some.
  @Test
  void aThreadLeavesBeforeAnotherReplicaCanClaimIt() {
    var ownersThen = new ArrayList<Owner>();
    first.threads.onLeave(id -> ownersThen.add(second.threads.find(id)));
    var hold = first.threads.acquire(thread, ANY);
    hold.release();
    first.threads.giveUpIdle();

    assertThat(ownersThen).containsExactly(new Owner.Other(first.member.self()));
    assertThat(second.threads.find(thread)).isEqualTo(new Owner.Nobody());
  }

  @Test
  void aThreadWithoutAHoldLeavesWhenItIsTakenOver() throws Exception {
    var left = new ArrayList<ThreadId>();
    first.member.endBeats();
    first.threads.onLeave(left::add);
    first.threads.acquire(thread, ANY).release();
    takeOver();
    first.member.beatOnce();

    assertThat(left).containsExactly(thread);
  }

  @Test
  void aReplicaThatStopsLeavesThreadsWithoutAHoldToItsHeir() throws Exception {
    var hold = first.threads.acquire(thread, ANY);
    await().until(first.member::hasHeir);
    first.threads.refuse();

    assertThat(first.threads.find(thread)).as("still held").isEqualTo(new Owner.Here());
    first.threads.acquire(thread, ANY).release();
    hold.release();

    var heir = second.member.self();
    assertThat(first.threads.find(thread)).isEqualTo(new Owner.Other(heir));
    assertThatThrownBy(() -> first.threads.acquire(thread, ANY))
        .isInstanceOfSatisfying(
            OwnedElsewhereException.class, refused -> assertThat(refused.owner()).isEqualTo(heir));
    assertThat(first.threads.giveUpIdle()).isTrue();
    second.threads.acquire(thread, ANY);
    assertThat(first.threads.find(thread)).isEqualTo(new Owner.Other(heir));
  }

  @Test
  void aReplicaThatStopsClaimsThreadsIfNoPeerIsLeft() throws Exception {
    await().until(first.member::hasHeir);
    first.member.stopping();
    first.threads.refuse();
    first.member.hasSaidToStop(second.member.self().id());

    assertThat(first.threads.find(thread)).isEqualTo(new Owner.Nobody());
    first.threads.acquire(thread, ANY);
    assertThat(epoch(first)).isEqualTo(1);
  }

  @Test
  void aFailedConnectionDoesNotEndTheHandoverForGood() {
    await().until(first.member::hasHeir);
    first.member.stopping();
    first.member.cannotReach(second.member.self().id());

    assertThat(first.member.hasHeir()).isTrue();
    await().until(() -> first.member.heir(thread).isPresent());
  }

  @Test
  void aReplicaThatStopsIsNoHeir() {
    await().until(first.member::hasHeir);
    second.member.stopping();

    await().until(() -> !first.member.hasHeir());
    assertThat(first.member.peers()).extracting(Replica::isStopping).containsExactly(true);
  }

  @Test
  void ofVeryManyThreadsSomeAreGivenUpLater() {
    // Which would give them up, too.
    first.member.endBeats();
    for (int n = 0; n <= 1000; n++) {
      first.threads.acquire(ThreadId.next(), ANY).release();
    }

    assertThat(first.threads.giveUpIdle()).isFalse();
    assertThat(first.threads.giveUpIdle()).isTrue();
  }

  /// As while the database is away.
  @Test
  void threadsThatCannotBeGivenUpAreGivenUpLater() throws Exception {
    first.threads.acquire(thread, ANY).release();
    database.execute("ALTER TABLE thread_owner RENAME TO away");
    assertThat(first.threads.giveUpIdle()).isFalse();
    database.execute("ALTER TABLE away RENAME TO thread_owner");
    assertThat(second.threads.find(thread)).isInstanceOf(Owner.Other.class);

    assertThat(first.threads.giveUpIdle()).isTrue();
    assertThat(second.threads.find(thread)).isEqualTo(new Owner.Nobody());
  }

  @Test
  void theThreadsOfAReplicaThatStopsAreFreeAtOnce() {
    first.threads.acquire(thread, ANY);
    first.close();

    assertThat(second.threads.find(thread)).isEqualTo(new Owner.Nobody());
    second.threads.acquire(thread, ANY);
    assertThat(epoch(second)).isEqualTo(2);
  }

  @Test
  void aSilentReplicaLosesItsThreadsAndCannotWriteThemAnyMore() throws Exception {
    var lost = new ArrayList<ThreadId>();
    first.threads.onLoss(lost::add);
    first.threads.acquire(thread, ANY);
    var mine = first.disk().create(rollout);
    mine.appendText("1");
    takeOver();
    try (var theirs = second.disk().openForAppend(rollout)) {
      theirs.appendText("2");
      assertThatThrownBy(() -> mine.appendText("stale")).isInstanceOf(OwnershipLostException.class);
      theirs.appendText("3");
    }

    assertThat(lost).containsExactly(thread);
    assertThatThrownBy(() -> first.disk().openForAppend(rollout))
        .isInstanceOf(OwnershipLostException.class);
    assertThatThrownBy(() -> first.disk().delete(rollout))
        .isInstanceOf(OwnershipLostException.class);
    assertThatThrownBy(() -> first.disk().move(rollout, Path.of("/data/elsewhere")))
        .isInstanceOf(OwnershipLostException.class);
    assertThat(text(second.disk(), rollout)).isEqualTo("123");
  }

  /// Else its readers would see the thread as it was before the pause.
  @Test
  void aReplicaThatWasPausedLooksForTheOwnersOfItsThreads() throws Exception {
    var lost = new ArrayList<ThreadId>();
    var kept = ThreadId.next();
    var other = ThreadId.next();
    first.threads.onLoss(lost::add);
    List.of(thread, kept, other).forEach(id -> first.threads.acquire(id, ANY));
    takeOver();
    second.threads.acquire(other, ANY);

    assertThat(first.threads.find(kept)).isEqualTo(new Owner.Here());
    assertThat(first.threads.find(thread)).isEqualTo(new Owner.Other(second.member.self()));
    assertThat(lost).as("at a call").containsExactly(thread);
    first.member.beatOnce();
    assertThat(lost).as("at a beat").containsExactly(thread, other);
    assertThat(first.threads.epoch(kept.value())).hasValue(1);
  }

  @Test
  void aReplicaThatWasRemovedUnloadsItsThreads() {
    var lost = new CopyOnWriteArrayList<ThreadId>();
    first.threads.onLoss(lost::add);
    first.threads.acquire(thread, ANY);
    database.execute("DELETE FROM replica WHERE name = 'first'");

    await().untilAsserted(() -> assertThat(lost).containsExactly(thread));
  }

  /// It has looked for the owners of its threads, and does not look again.
  @Test
  void aReplicaThatHasWokenUpIsNotReplacedByOneThatDoesNotKnowItYet() throws Exception {
    var id = first.member.self().id();
    first.threads.acquire(thread, ANY);
    first.member.endBeats();
    await().until(() -> second.member.isGone(id));
    second.member.endBeats();

    first.member.beatOnce();

    assertThat(second.member.isGone(id)).as("for the other one, still").isTrue();
    assertThatThrownBy(() -> second.threads.acquire(thread, ANY))
        .isInstanceOf(OwnedElsewhereException.class);
    assertThat(first.threads.find(thread)).isEqualTo(new Owner.Here());
  }

  /// Also if the new owner has not opened the file yet.
  @Test
  void aLateAppendIsRefusedFromTheClaimOn() throws Exception {
    first.threads.acquire(thread, ANY);
    var mine = first.disk().create(rollout);
    takeOver();

    assertThatThrownBy(() -> mine.appendText("stale")).isInstanceOf(OwnershipLostException.class);

    assertThat(text(second.disk(), rollout)).isEmpty();
  }

  @Test
  void theRowsOfALostThreadAreNotOurs() throws Exception {
    first.threads.acquire(thread, ANY);
    var id = thread.value();
    assertThat(first.threads.epoch(id)).hasValue(1);

    first.threads.lost(id, 2);
    assertThat(first.threads.epoch(id)).as("of another epoch").hasValue(1);
    first.threads.lost(id, 1);
    assertThat(first.threads.epoch(id)).isEmpty();
  }

  @Test
  void aReplicaThatWasRemovedClaimsNothing() {
    database.execute("DELETE FROM replica WHERE name = 'first'");

    assertThatThrownBy(() -> first.threads.acquire(thread, ANY))
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("another Rollbook");
  }

  /// Else calls for running turns would fail at all replicas but one.
  @Test
  void theLastKnownOwnerIsAskedWhileTheDatabaseIsAway() {
    var connections = database.connect();
    var threads = new ThreadClaims(new OwnerRepository(connections), second.member);
    var claimed = ThreadId.next();
    List.of(thread, claimed).forEach(id -> first.threads.acquire(id, ANY));
    await().until(() -> !second.member.peers().isEmpty());
    assertThat(threads.find(thread)).isEqualTo(new Owner.Other(first.member.self()));
    assertThatThrownBy(() -> threads.acquire(claimed, ANY))
        .isInstanceOf(OwnedElsewhereException.class);
    connections.close();

    assertThat(threads.find(thread)).isEqualTo(new Owner.Other(first.member.self()));
    assertThat(threads.find(claimed)).isEqualTo(new Owner.Other(first.member.self()));
    var other = ThreadId.next();
    assertThatThrownBy(() -> threads.find(other)).isInstanceOf(DataAccessException.class);
    threads.remember(other, first.member.self().id());
    assertThat(threads.find(other)).isEqualTo(new Owner.Other(first.member.self()));
  }

  @Test
  void allReplicasAppendToAFileOfNoThread() throws Exception {
    var path = Path.of("/data/audit");
    try (var mine = first.disk().create(path);
        var theirs = second.disk().openForAppend(path)) {
      mine.appendText("1");
      theirs.appendText("2");
      theirs.appendText("3");
      mine.appendText("4");

      assertThat(text(first.disk(), path)).isEqualTo("1234");
      assertThat(mine.size()).isEqualTo(4);
      assertThat(second.disk().stat(path).size()).isEqualTo(4);
      theirs.appendText("5");
      assertThatThrownBy(() -> mine.truncate(0))
          .as("what another replica has appended")
          .isInstanceOf(IOException.class);
      assertThat(text(first.disk(), path)).isEqualTo("12345");
    }
  }

  private void takeOver() {
    var id = first.member.self().id();
    first.member.endBeats();
    await().until(() -> second.member.isGone(id));
    second.threads.acquire(thread, ANY);
  }

  private long epoch(TestDatabase.Process of) {
    return of.threads.epoch(thread.value()).orElseThrow();
  }

  private static String text(Disk disk, Path path) throws IOException {
    try (var file = disk.openForRead(path)) {
      return new String(file.readFully(0, (int) file.size()), StandardCharsets.UTF_8);
    }
  }
}
