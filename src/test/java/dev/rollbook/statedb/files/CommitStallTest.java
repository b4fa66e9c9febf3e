package dev.rollbook.statedb.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.rollbook.cluster.ClusterMembership;
import dev.rollbook.cluster.ThreadClaims;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.availability.CircuitBreakerDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A database whose synchronous standby does not answer: connections are possible, but no commit
/// returns.
class CommitStallTest {
  private static final String STALLED = "commits do not return";
  private EmbeddedPostgres server;
  private CircuitBreakerDataSource rows;
  private FileDatabase database;
  private FileRepository files;
  private static final FileOwner SELF = FileOwner.ofNoThread(UUID.randomUUID());
  private ReplicaRepository replicas;

  @BeforeEach
  void start() throws Exception {
    server =
        EmbeddedPostgres.builder()
            .setPGStartupWait(Duration.ofSeconds(60))
            .setOutputRedirector(Redirect.DISCARD)
            .setErrorRedirector(Redirect.DISCARD)
            .start();
    Flyway.configure()
        .dataSource(server.getPostgresDatabase())
        .locations("classpath:db/migration", "classpath:db/postgresql")
        .placeholders(Map.of("stored", "STORED"))
        .load()
        .migrate();
    var config = new HikariConfig();
    // The timeout of the URL must not hold for changes.
    config.setJdbcUrl(server.getJdbcUrl("postgres", "postgres") + "&socketTimeout=60");
    config.addDataSourceProperty("options", "-c synchronous_commit=on");
    var pool = new HikariDataSource(config);
    rows = new CircuitBreakerDataSource(pool, pool);
    database = FileDatabase.of(rows);
    files = new FileRepository(database);
    replicas = new ReplicaRepository(database);
  }

  @AfterEach
  void stop() throws IOException, SQLException {
    standbys("");
    database.close();
    rows.close();
    server.close();
  }

  @Test
  void changesFailAtOnceUntilABeatIsCommitted() throws Exception {
    join();
    standbys("nobody");

    assertThatThrownBy(() -> files.create("a", SELF, Instant.EPOCH))
        .isInstanceOf(IOException.class)
        .hasMessageNotContaining(STALLED);
    assertThatThrownBy(() -> files.create("b", SELF, Instant.EPOCH)).hasMessageContaining(STALLED);
    assertThatThrownBy(() -> files.claim("c", SELF)).hasMessageContaining(STALLED);
    assertThat(files.find("b")).as("queries go on").isEmpty();
    assertThatThrownBy(() -> beat()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> files.create("b", SELF, Instant.EPOCH)).hasMessageContaining(STALLED);

    standbys("");
    await().ignoreExceptionsInstanceOf(IOException.class).until(this::beat);
    assertThat(files.create("b", SELF, Instant.EPOCH)).isPresent();
  }

  private void join() throws IOException {
    var self = new ReplicaRow(SELF.replica(), "this one", null, "test", 0, false);
    replicas.join(self, Instant.EPOCH, List.of(), others -> true);
  }

  private boolean beat() throws IOException {
    return !replicas.beat(SELF.replica(), "this one", false).isEmpty();
  }

  /// Their own timeout is a minute.
  @Test
  void rowWritesFailAtOnceDuringAStall() throws Exception {
    join();
    try (var threads = Executors.newSingleThreadExecutor();
        var connection = rows.getConnection();
        var statement = connection.createStatement()) {
      standbys("nobody");
      var waiting = threads.submit(() -> statement.execute("CREATE TABLE a (b INT)"));
      assertThatThrownBy(() -> files.create("a", SELF, Instant.EPOCH))
          .isInstanceOf(IOException.class);

      assertThatThrownBy(waiting::get)
          .rootCause()
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
    assertThatThrownBy(rows::getConnection).hasMessageContaining(STALLED);
    rows.queries().getConnection().close();

    standbys("");
    await().ignoreExceptionsInstanceOf(IOException.class).until(this::beat);
    rows.getConnection().close();
  }

  /// Else an append to a thread that is not in memory would fail instead of being pending.
  @Test
  void theOnlyProcessLoadsThreadsWithoutACommit() throws Exception {
    try (var member =
        ClusterMembership.join(
            replicas, "this one", null, "test", Duration.ofSeconds(2), () -> {})) {
      var threads = new ThreadClaims(new OwnerRepository(database), member);
      var thread = ThreadId.next();
      standbys("nobody");

      threads.acquire(thread, () -> {});
      assertThatThrownBy(() -> threads.owner(thread)).isInstanceOf(IOException.class);

      standbys("");
      await()
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(() -> threads.owner(thread).epoch() > 0);
    }
  }

  private void standbys(String names) throws SQLException {
    try (var connection = server.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("ALTER SYSTEM SET synchronous_standby_names = '%s'".formatted(names));
      statement.execute("SELECT pg_reload_conf()");
    }
    await().until(() -> names.equals(setting()));
  }

  private String setting() throws SQLException {
    try (var connection = server.getPostgresDatabase().getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SHOW synchronous_standby_names")) {
      rows.next();
      return rows.getString(1);
    }
  }
}
