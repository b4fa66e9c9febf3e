package dev.rollbook.statedb;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.sql.SQLException;
import java.util.UUID;

/// A PostgreSQL of the tests' own: one process for all of them, a database for each that asks.
public final class RealPostgres {
  private static final EmbeddedPostgres SERVER = start();

  private RealPostgres() {}

  /// The URL of a new, empty database.
  public static String newDatabase() {
    var name = "rollbook_" + UUID.randomUUID().toString().replace("-", "");
    try (var connection = SERVER.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
      return SERVER.getJdbcUrl("postgres", name);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static EmbeddedPostgres start() {
    try {
      // It says of each refused row what the test asserts.
      return EmbeddedPostgres.builder()
          .setOutputRedirector(Redirect.DISCARD)
          .setErrorRedirector(Redirect.DISCARD)
          .start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
