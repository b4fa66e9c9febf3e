package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/// What is there when the service is replaced by a newer one is there afterwards.
class MigrationTest {
  static Stream<String> databases() {
    return Stream.of(
        "jdbc:h2:mem:migration;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1",
        RealPostgres.url(RealPostgres.newDatabase()));
  }

  @ParameterizedTest
  @MethodSource("databases")
  void filesThatWereTakenStayKnown(String url) {
    var database = new DriverManagerDataSource(url);
    var jdbc = new JdbcTemplate(database);
    Flyway.configure().dataSource(database).target("6").load().migrate();
    jdbc.update(
        "INSERT INTO source_file VALUES ('it''s', ?, 7, TIMESTAMP '2026-11-24 10:11:12.345')",
        UUID.randomUUID());

    Flyway.configure().dataSource(database).load().migrate();

    assertThat(
            jdbc.queryForObject(
                "SELECT COUNT(*) FROM source_file WHERE path = 'it''s' AND bytes = 7", Long.class))
        .isEqualTo(1);
    jdbc.update("INSERT INTO source_file SELECT path, thread_id, 8, modified_at FROM source_file");
  }
}
