package dev.rollbook.statedb.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// H2 stores nothing by itself when the process ends.
class H2ShutdownHookTest {
  @Test
  void exitingProcessStoresOnlyWhatItWasToldToStore(@TempDir Path directory) throws Exception {
    var database = directory.resolve("state-db");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                database.toString())
            .redirectErrorStream(true)
            .start();

    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    assertThat(rows(database)).isOne();
  }

  private static int rows(Path database) throws SQLException {
    var url = "jdbc:h2:file:%s;DATABASE_TO_LOWER=TRUE".formatted(database);
    try (var connection = DriverManager.getConnection(url);
        var statement = connection.createStatement();
        var result = statement.executeQuery("SELECT COUNT(*) FROM written")) {
      result.next();
      return result.getInt(1);
    }
  }

  /// A program that stores one row, writes another one and exits with the database open.
  static final class Writer {
    static void main(String[] args) throws SQLException {
      var dialect = new H2Dialect(H2Dialect.url(Path.of(args[0])));
      var source = new H2DataSource(1, dialect::h2);
      try (var connection = source.getConnection();
          var statement = connection.createStatement()) {
        statement.execute("CREATE TABLE written (id INTEGER)");
        statement.execute("INSERT INTO written VALUES (1)");
        statement.execute("CHECKPOINT");
        statement.execute("INSERT INTO written VALUES (2)");
        System.exit(0);
      }
    }
  }
}
