package dev.rollbook.statedb.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A commit waits for a standby only if both settings of PostgreSQL say so.
class ReplicationTest {
  @Test
  void commitsWaitOnlyWithAStandbyAndASynchronousCommit() throws IOException {
    try (var replicated = server("*");
        var alone = server("")) {
      assertThat(waits(replicated, "on")).isTrue();
      assertThat(waits(replicated, "local")).isFalse();
      assertThat(waits(replicated, "off")).isFalse();
      assertThat(waits(alone, "on")).isFalse();
    }
  }

  /// Nothing is written, so nothing waits for the standby, which does not exist.
  private static boolean waits(EmbeddedPostgres server, String synchronousCommit)
      throws IOException {
    var config = new HikariConfig();
    config.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
    config.addDataSourceProperty("options", "-c synchronous_commit=" + synchronousCommit);
    try (var database = new FileDatabase(config)) {
      return new Replication(database).commitsWaitForStandby();
    }
  }

  private static EmbeddedPostgres server(String standbys) throws IOException {
    return EmbeddedPostgres.builder()
        .setPGStartupWait(Duration.ofSeconds(60))
        .setServerConfig("synchronous_standby_names", standbys)
        .setServerConfig("synchronous_commit", "local")
        .setOutputRedirector(Redirect.DISCARD)
        .setErrorRedirector(Redirect.DISCARD)
        .start();
  }
}
