package dev.rollbook.statedb;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;

/// A PostgreSQL of the tests' own: one process for all of them, a database for each that asks.
public final class RealPostgres {
  private static final EmbeddedPostgres SERVER = start();

  private RealPostgres() {}

  /// The name of a new, empty database.
  public static String newDatabase() {
    var name = "rollbook_" + UUID.randomUUID().toString().replace("-", "");
    execute("CREATE DATABASE " + name);
    return name;
  }

  public static String url(String database) {
    return SERVER.getJdbcUrl("postgres", database);
  }

  /// Ends all connections to a database, in the middle of whatever they do, and takes no new ones.
  public static void shut(String database) {
    execute("ALTER DATABASE %s ALLOW_CONNECTIONS false".formatted(database));
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
            .formatted(database));
  }

  public static void open(String database) {
    execute("ALTER DATABASE %s ALLOW_CONNECTIONS true".formatted(database));
  }

  private static void execute(String sql) {
    try (var connection = SERVER.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static EmbeddedPostgres start() {
    try {
      // It says of each refused row what the test asserts.
      return EmbeddedPostgres.builder()
          .setPGStartupWait(Duration.ofSeconds(60))
          .setOutputRedirector(Redirect.DISCARD)
          .setErrorRedirector(Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
