package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.statedb.availability.StateDbAvailability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/// What H2 has on its disk is whole transactions: a copy of its file is what a kill would leave.
class WholeTransactionsTest {
  private static final int WRITERS = 4;
  private static final int COPIES = 80;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String HALVES =
      """
      SELECT id FROM thread
      WHERE NOT EXISTS (
        SELECT 1 FROM turn WHERE thread_id = thread.id AND first_ordinal = next_ordinal)
      """;
  private static final String TWICE =
      "SELECT thread_id FROM turn GROUP BY thread_id HAVING COUNT(*) > 1";

  @TempDir Path dataDir;
  @TempDir Path copies;

  @Test
  void aKillLeavesNoHalvesOfTransactions() throws Exception {
    try (var context = StateDbAlone.open(Map.of("rollbook.data-dir", dataDir.toString()))) {
      var over = new AtomicBoolean();
      var source = context.getBean(DataSource.class);
      var writers =
          Stream.generate(() -> Pairs.in(context))
              .limit(WRITERS)
              .map(pairs ->
                  CompletableFuture.runAsync(
                      () -> pairs.change(source, over), task -> new Thread(task).start()))
              .toList();
      for (int n = 0; n < COPIES; n++) {
        context.getBean(StateDbAvailability.class).store();
        copy(n);
      }
      over.set(true);
      for (var writer : writers) {
        assertThat(writer).succeedsWithin(PATIENCE);
      }
    }
    for (int n = 0; n < COPIES; n++) {
      var copy = opened(n);
      assertThat(copy.queryForList(HALVES, UUID.class)).as("copy %d", n).isEmpty();
      assertThat(copy.queryForList(TWICE, UUID.class)).as("copy %d", n).isEmpty();
    }
  }

  @Test
  void whatWasCommittedLastIsStoredWhenTheServiceStops() throws Exception {
    try (var context = StateDbAlone.open(Map.of("rollbook.data-dir", dataDir.toString()))) {
      context.getBean(StateDbAvailability.class).store();
      Pairs.in(context);
    }
    copy(0);

    assertThat(opened(0).queryForObject("SELECT COUNT(*) FROM turn", Integer.class))
        .isEqualTo(Pairs.COUNT);
  }

  @Test
  void theHealthMakesNothingToStore() throws Exception {
    try (var context = StateDbAlone.open(Map.of("rollbook.data-dir", dataDir.toString()))) {
      Pairs.in(context);
      context.getBean(StateDbAvailability.class).store();
      copy(0);

      assertThat(context.getBean("stateDb", HealthIndicator.class).health().getStatus())
          .isEqualTo(Status.UP);

      context.getBean(StateDbAvailability.class).store();
      copy(1);
      assertThat(copies.resolve("1.mv.db")).hasSameBinaryContentAs(copies.resolve("0.mv.db"));
    }
  }

  private void copy(int number) throws IOException {
    Files.copy(dataDir.resolve("state-db.mv.db"), copies.resolve(number + ".mv.db"));
  }

  private JdbcTemplate opened(int number) {
    var url = "jdbc:h2:file:%s;DATABASE_TO_LOWER=TRUE".formatted(copies.resolve("" + number));
    return new JdbcTemplate(new DriverManagerDataSource(url, "rollbook", ""));
  }

  /// Threads with one turn each: a transaction changes both to the same number.
  private record Pairs(List<UUID> ids) {
    private static final int COUNT = 10;

    static Pairs in(ApplicationContext context) {
      var pairs = new Pairs(Stream.generate(UUID::randomUUID).limit(COUNT).toList());
      for (var id : pairs.ids) {
        context
            .getBean(ThreadRepository.class)
            .insert(StateDbContract.bare(id, StateDbContract.NOW));
        context.getBean(TurnRepository.class).insert(StateDbContract.turn(id, id, 1));
      }
      return pairs;
    }

    /// Straight to the database: the more it has to do in each moment, the surer it is caught.
    void change(DataSource source, AtomicBoolean over) {
      try {
        for (long number = 2; !over.get(); number++) {
          change(source, ids.get(ThreadLocalRandom.current().nextInt(COUNT)), number);
        }
      } catch (SQLException failed) {
        throw new IllegalStateException(failed);
      }
    }

    private static void change(DataSource source, UUID id, long number) throws SQLException {
      try (var connection = source.getConnection();
          var thread =
              connection.prepareStatement("UPDATE thread SET next_ordinal = ? WHERE id = ?");
          var turn = connection.prepareStatement("DELETE FROM turn WHERE thread_id = ?");
          var turnAgain =
              connection.prepareStatement(
                  """
                  INSERT INTO turn SELECT id, id, 'inProgress', created_at, NULL, next_ordinal,
                    0, 0, 0, NULL, NULL, NULL
                  FROM thread WHERE id = ?
                  """)) {
        connection.setAutoCommit(false);
        thread.setLong(1, number);
        thread.setObject(2, id);
        thread.executeUpdate();
        for (var statement : List.of(turn, turnAgain)) {
          statement.setObject(1, id);
          statement.executeUpdate();
        }
        connection.commit();
      }
    }
  }
}
