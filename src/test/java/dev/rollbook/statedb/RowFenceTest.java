package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.rollbook.statedb.dialect.StateDbDialect;
import java.sql.DriverManager;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.transaction.support.TransactionOperations;

/// A process that was replaced does not put its old counts over those of the next one.
class RowFenceTest {
  private static final String LEASE =
      "INSERT INTO storage_lease (id, epoch, beat) VALUES (1, 7, 0)";
  private static final String BLOCKED =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'
      """;

  private final String url = RealPostgres.url(RealPostgres.newDatabase());

  @Test
  void rowUpdatesNeedTheLease() {
    try (var context = StateDbAlone.open(Map.of("spring.datasource.url", url))) {
      context.getBean(JdbcOperations.class).update(LEASE);

      assertThat(updater(context, 7).update(List.of(), List.of())).isEmpty();
      assertThatThrownBy(() -> updater(context, 6).update(List.of(), List.of()))
          .isInstanceOf(OptimisticLockingFailureException.class);
    }
  }

  @Test
  void anUpdateThatMeetsATakeoverWaitsAndIsRefused() throws Exception {
    try (var context = StateDbAlone.open(Map.of("spring.datasource.url", url));
        var other = DriverManager.getConnection(url);
        var takeover = other.createStatement();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var jdbc = context.getBean(JdbcOperations.class);
      jdbc.update(LEASE);
      other.setAutoCommit(false);
      takeover.execute("UPDATE storage_lease SET epoch = 8");

      var update =
          CompletableFuture.supplyAsync(
              () -> catchThrowable(() -> updater(context, 7).update(List.of(), List.of())),
              threads);
      await().until(() -> jdbc.queryForObject(BLOCKED, Integer.class) > 0);
      other.commit();

      assertThat(update.get()).isInstanceOf(OptimisticLockingFailureException.class);
    }
  }

  private static RowBatchUpdater updater(ApplicationContext context, long epoch) {
    RowFence fence = () -> epoch;
    return new RowBatchUpdater(
        context.getBean(NamedParameterJdbcOperations.class),
        context.getBean(TurnRepository.class),
        context.getBean(TransactionOperations.class),
        context.getBean(StateDbDialect.class),
        new StaticListableBeanFactory(Map.of("fence", fence)).getBeanProvider(RowFence.class));
  }
}
