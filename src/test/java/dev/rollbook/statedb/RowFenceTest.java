package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.model.ThreadNotes;
import dev.rollbook.statedb.RowBatchUpdater.Outcome;
import dev.rollbook.statedb.ThreadRow.Counters;
import dev.rollbook.statedb.dialect.StateDbDialect;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.transaction.support.TransactionOperations;

/// A replica does not put its old counts over those of the thread's next owner.
class RowFenceTest {
  private static final String BLOCKED =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'
      """;

  private static final UUID SELF = UUID.randomUUID();
  private static final UUID TURN = UUID.randomUUID();

  private final String url = RealPostgres.url(RealPostgres.newDatabase());
  private final Map<UUID, Long> owned = new HashMap<>();
  private final Map<UUID, Long> lost = new HashMap<>();
  private AnnotationConfigApplicationContext context;
  private JdbcOperations jdbc;

  @BeforeEach
  void open() {
    context = StateDbAlone.open(Map.of("spring.datasource.url", url));
    jdbc = context.getBean(JdbcOperations.class);
  }

  @AfterEach
  void close() {
    context.close();
  }

  @Test
  void onlyTheRowsOfOwnThreadsAreUpdated() {
    var mine = thread(7);
    var theirs = thread(8);
    var unowned = thread(7);
    owned.put(mine, 7L);
    owned.put(theirs, 7L);

    var outcome = update(mine, theirs, unowned);

    assertThat(outcome).isEqualTo(new Outcome(Set.of(), Set.of(theirs, unowned)));
    assertThat(itemCount(mine)).isEqualTo(5);
    assertThat(itemCount(theirs)).isZero();
    assertThat(itemCount(unowned)).isZero();
    assertThat(lost).containsExactly(Map.entry(theirs, 7L));
  }

  @Test
  void anUpdateThatMeetsAClaimWaitsAndIsLeftOut() throws Exception {
    var thread = thread(7);
    owned.put(thread, 7L);
    try (var other = DriverManager.getConnection(url);
        var claim = other.createStatement();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      other.setAutoCommit(false);
      claim.execute("UPDATE thread_owner SET epoch = 8");

      var update = CompletableFuture.supplyAsync(() -> update(thread), threads);
      await().until(() -> jdbc.queryForObject(BLOCKED, Integer.class) > 0);
      other.commit();

      assertThat(update.get().lost()).containsExactly(thread);
      assertThat(itemCount(thread)).isZero();
    }
  }

  /// Else a turn that the next owner has ended would be in progress again.
  @Test
  void theStateOfBeforeALossIsNotWrittenAfterTheThreadHasComeBack() {
    var thread = thread(9);
    owned.put(thread, 7L);
    var epochs = fenced().epochs(Set.of(thread));
    owned.put(thread, 9L);

    var outcome = fenced().update(List.of(progress(thread)), List.of(), epochs);

    assertThat(outcome.lost()).containsExactly(thread);
    assertThat(itemCount(thread)).isZero();
  }

  /// Else the turn would be in progress for ever, without a line in the rollout.
  @Test
  void aTurnOfAThreadThatWasLostIsNotInserted() {
    var mine = thread(7);
    var theirs = thread(8);
    var unowned = thread(7);
    owned.put(mine, 7L);
    owned.put(theirs, 7L);

    assertThat(orphans().insert(turn(mine, Instant.EPOCH))).isTrue();
    assertThat(orphans().insert(turn(theirs, Instant.EPOCH))).isFalse();
    assertThat(orphans().insert(turn(unowned, Instant.EPOCH))).isFalse();

    assertThat(jdbc.queryForList("SELECT thread_id FROM turn", UUID.class)).containsExactly(mine);
    assertThat(lost).containsExactly(Map.entry(theirs, 7L));
  }

  /// Of two rows with the same id, the next owner has inserted the other one.
  @Test
  void aTurnThatTheNextOwnerHasStartedAgainIsNotRemoved() {
    var thread = thread(7);
    owned.put(thread, 7L);
    var again = turn(thread, Instant.EPOCH.plusMillis(1));
    orphans().insert(again);

    orphans().removeTurn(turn(thread, Instant.EPOCH));
    assertThat(jdbc.queryForList("SELECT id FROM turn", UUID.class)).containsExactly(TURN);

    orphans().removeTurn(again);
    assertThat(jdbc.queryForList("SELECT id FROM turn", UUID.class)).isEmpty();
  }

  @Test
  void withoutAFenceAllRowsAreUpdated() {
    var thread = thread(7);

    var outcome = updater(Map.of()).update(List.of(progress(thread)), List.of(), Map.of());

    assertThat(outcome).isEqualTo(new Outcome(Set.of(), Set.of()));
    assertThat(itemCount(thread)).isEqualTo(5);
  }

  @Test
  void aGapOfAThreadThatAnotherReplicaHasClaimedIsNotSaved() {
    var mine = thread(7);
    owned.put(mine, 7L);
    var theirs = thread(8);
    owned.put(theirs, 7L);
    var givenUp = thread(8);
    var stillOwned = thread(8);
    jdbc.update("UPDATE thread_owner SET owner = ? WHERE thread_id = ?", SELF, stillOwned);
    var claimed = thread(8);
    jdbc.update(
        "UPDATE thread_owner SET owner = ? WHERE thread_id = ?", UUID.randomUUID(), claimed);

    assertThat(isSaved(mine)).isTrue();
    assertThat(isSaved(theirs)).isFalse();
    assertThat(isSaved(givenUp)).as("without an owner").isTrue();
    assertThat(isSaved(stillOwned)).isTrue();
    assertThat(isSaved(claimed)).isFalse();
    assertThat(context.getBean(GapRepository.class).countOpen(theirs)).isZero();
  }

  private OrphanRowCleanup orphans() {
    return new OrphanRowCleanup(
        context.getBean(ThreadRepository.class),
        context.getBean(TurnRepository.class),
        context.getBean(TransactionOperations.class),
        rows(Map.of("fence", new Fence())));
  }

  private static TurnRow turn(UUID thread, Instant startedAt) {
    return new TurnRow(thread, TURN, "inProgress", startedAt, null, 1, 1, 0, 0, null, null, null);
  }

  private UUID thread(long epoch) {
    var id = UUID.randomUUID();
    context
        .getBean(ThreadRepository.class)
        .insert(StateDbContract.thread(id, null, null, null, Instant.EPOCH));
    jdbc.update("INSERT INTO thread_owner (thread_id, epoch) VALUES (?, ?)", id, epoch);
    return id;
  }

  private static ThreadProgress progress(UUID id) {
    var row = StateDbContract.thread(id, null, null, null, Instant.EPOCH);
    return new ThreadProgress(
        id,
        row.activity(),
        new Counters(0, 5, 6, 0),
        row.usage(),
        100,
        true,
        null,
        ThreadNotes.NONE);
  }

  private long itemCount(UUID id) {
    return context
        .getBean(ThreadRepository.class)
        .findById(id)
        .orElseThrow()
        .counters()
        .itemCount();
  }

  private Outcome update(UUID... threads) {
    var epochs = fenced().epochs(Set.of(threads));
    return fenced()
        .update(Stream.of(threads).map(RowFenceTest::progress).toList(), List.of(), epochs);
  }

  private RowBatchUpdater fenced() {
    return updater(Map.of("fence", new Fence()));
  }

  private RowBatchUpdater updater(Map<String, Object> fence) {
    return new RowBatchUpdater(
        context.getBean(NamedParameterJdbcOperations.class),
        context.getBean(TurnRepository.class),
        context.getBean(TransactionOperations.class),
        context.getBean(StateDbDialect.class),
        rows(fence));
  }

  private boolean isSaved(UUID thread) {
    var gap = GapRow.open(thread, null, 1, 2, "storage_failed", Instant.EPOCH);
    return new GapWriter(
            context.getBean(GapRepository.class),
            context.getBean(TransactionOperations.class),
            rows(Map.of("fence", new Fence())))
        .save(gap);
  }

  private OwnedRows rows(Map<String, Object> fence) {
    return new OwnedRows(
        context.getBean(NamedParameterJdbcOperations.class),
        new StaticListableBeanFactory(fence).getBeanProvider(RowFence.class));
  }

  private final class Fence implements RowFence {
    @Override
    public UUID self() {
      return SELF;
    }

    @Override
    public OptionalLong epoch(UUID thread) {
      var epoch = owned.get(thread);
      return epoch == null ? OptionalLong.empty() : OptionalLong.of(epoch);
    }

    @Override
    public void lost(UUID thread, long epoch) {
      lost.put(thread, epoch);
    }
  }
}
