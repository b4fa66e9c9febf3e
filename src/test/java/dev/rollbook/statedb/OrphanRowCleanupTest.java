package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.transaction.support.TransactionOperations;

/// A row whose insert failed after the state-db had it does not stay, and no other one goes.
class OrphanRowCleanupTest extends StateDbContract {
  private ThreadRepository threads;
  private OrphanRowCleanup orphans;
  private boolean connectionsBreak;
  private boolean isAway;

  @Override
  Map<String, Object> database() {
    return h2();
  }

  @BeforeEach
  void take() {
    threads = the(ThreadRepository.class);
    orphans =
        new OrphanRowCleanup(
            unreliable(threads),
            the(TurnRepository.class),
            the(TransactionOperations.class),
            the(OwnedRows.class));
  }

  @Test
  void aRowWithUnknownInsertResultIsRemovedBeforeANewInsert() {
    var row = bare(UUID.randomUUID(), NOW);
    connectionsBreak = true;
    assertThatThrownBy(() -> orphans.insert(row))
        .isInstanceOf(DataAccessResourceFailureException.class);
    assertThat(threads.existsById(row.id())).isTrue();
    connectionsBreak = false;

    orphans.insert(row);

    assertThat(threads.existsById(row.id())).isTrue();
    orphans.flush();
    assertThat(threads.existsById(row.id())).isTrue();
  }

  @Test
  void anotherRowWithTheSameIdStays() {
    var there = insertThread();

    assertThatThrownBy(() -> orphans.insert(bare(there.id(), NOW)))
        .isInstanceOf(DuplicateKeyException.class);

    orphans.flush();
    assertThat(threads.existsById(there.id())).isTrue();
  }

  @Test
  void aRejectedRowIsRemovedOnceTheStateDbIsBack() {
    var refused = insertThread();
    isAway = true;
    orphans.removeThread(refused.id());
    assertThat(threads.existsById(refused.id())).isTrue();
    isAway = false;

    orphans.flush();

    assertThat(threads.existsById(refused.id())).isFalse();
  }

  /// Breaks the connection when the row is there already, or before anything is done.
  private ThreadRepository unreliable(ThreadRepository real) {
    return (ThreadRepository)
        Proxy.newProxyInstance(
            ThreadRepository.class.getClassLoader(),
            new Class<?>[] {ThreadRepository.class},
            (proxy, method, arguments) -> {
              if (isAway) {
                throw new DataAccessResourceFailureException("it is away");
              }
              try {
                var result = method.invoke(real, arguments);
                if (connectionsBreak) {
                  throw new DataAccessResourceFailureException("broken behind the commit");
                }
                return result;
              } catch (InvocationTargetException failed) {
                throw failed.getTargetException();
              }
            });
  }
}
