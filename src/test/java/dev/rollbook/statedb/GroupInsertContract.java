package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.lock.GroupCommit;
import dev.rollbook.statedb.jdbc.GroupInsert;
import dev.rollbook.statedb.jdbc.RowWrites;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.transaction.support.TransactionOperations;

/// Concurrent inserts share a transaction, and no result.
@Timeout(60)
abstract class GroupInsertContract extends StateDbContract {
  private ExecutorService callers;
  private ThreadRepository rows;
  private GatedWrites writes;
  private GroupInsert<ThreadRow> inserts;

  @BeforeEach
  void take() {
    callers = Executors.newVirtualThreadPerTaskExecutor();
    rows = the(ThreadRepository.class);
    writes = new GatedWrites(rows);
    inserts = new GroupInsert<>(writes, the(TransactionOperations.class));
  }

  @AfterEach
  void closeCallers() {
    callers.shutdownNow();
  }

  @Test
  void rowsThatWaitForAnInsertAreInsertedInOneBatch() throws Exception {
    var all = waitingBehindOne(fresh(), fresh(), fresh(), fresh());
    writes.open();

    for (var insert : all) {
      insert.get();
    }
    assertThat(writes.batches).containsExactly(1, 3);
    assertThat(rows.findAllById(writes.ids())).hasSize(4);
  }

  @Test
  void aRefusedRowFailsAloneAndTheOthersOfItsGroupAreInserted() throws Exception {
    var taken = insertThread();
    var one = fresh();
    var other = fresh();
    var all = waitingBehindOne(fresh(), one, taken, other);
    writes.open();

    all.get(0).get();
    all.get(1).get();
    assertThatThrownBy(all.get(2)::get).hasCauseInstanceOf(DuplicateKeyException.class);
    all.get(3).get();
    assertThat(rows.findById(one.id())).contains(one);
    assertThat(rows.findById(other.id())).contains(other);
    assertThat(rows.findById(taken.id())).contains(taken);
  }

  @Test
  void aStateDbThatGoesAwayWhileAGroupWaitsFailsAllOfThemAndInsertsNone() throws Exception {
    var first = fresh();
    var one = fresh();
    var other = fresh();
    var all = waitingBehindOne(first, one, other);
    writes.goAway();
    writes.open();

    for (var insert : all) {
      assertThatThrownBy(insert::get).hasCauseInstanceOf(DataAccessResourceFailureException.class);
    }
    assertThat(rows.findAllById(List.of(first.id(), one.id(), other.id()))).isEmpty();
    writes.comeBack();
    inserts.insert(one);
    assertThat(rows.findById(one.id())).contains(one);
  }

  private static ThreadRow fresh() {
    return bare(UUID.randomUUID(), NOW);
  }

  /// Inserts that have begun: the first one is stopped in the middle, and the others wait for it.
  private List<Future<?>> waitingBehindOne(ThreadRow... all) {
    var calls = new ArrayList<Future<?>>();
    for (var row : all) {
      calls.add(callers.submit(() -> inserts.insert(row)));
      int waiting = calls.size() - 1;
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> writes.entered.isDone() && group().waiting() == waiting);
    }
    return calls;
  }

  private GroupCommit<?, ?> group() {
    return (GroupCommit<?, ?>)
        Objects.requireNonNull(ReflectionTestUtils.getField(inserts, "inserts"));
  }

  /// Writes that stop before the first one, until they are let through.
  private static final class GatedWrites implements RowWrites<ThreadRow> {
    private final RowWrites<ThreadRow> real;
    private final CompletableFuture<Void> entered = new CompletableFuture<>();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final List<Integer> batches = new CopyOnWriteArrayList<>();
    private final List<UUID> ids = new CopyOnWriteArrayList<>();
    private volatile boolean isAway;

    GatedWrites(RowWrites<ThreadRow> real) {
      this.real = real;
    }

    void open() {
      opened.complete(null);
    }

    void goAway() {
      isAway = true;
    }

    void comeBack() {
      isAway = false;
    }

    List<UUID> ids() {
      return ids;
    }

    @Override
    public ThreadRow insert(ThreadRow row) {
      pass(Stream.of(row).toList());
      return real.insert(row);
    }

    @Override
    public void insertAll(List<ThreadRow> rows) {
      pass(rows);
      real.insertAll(rows);
    }

    @Override
    public int update(String sql, ThreadRow row, Map<String, ?> others) {
      return real.update(sql, row, others);
    }

    private void pass(List<ThreadRow> rows) {
      entered.complete(null);
      opened.join();
      if (isAway) {
        throw new DataAccessResourceFailureException("it is away");
      }
      batches.add(rows.size());
      rows.forEach(row -> ids.add(row.id()));
    }
  }
}
