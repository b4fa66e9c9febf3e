package dev.rollbook.statedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.rollbook.statedb.availability.StateDbFailureAnalyzer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/// Tables of another build are left as they are, and the start says what to do.
class OtherSchemaTest {
  static Stream<String> databases() {
    return Stream.of(
        "jdbc:h2:mem:other;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1;USER=sa",
        RealPostgres.url(RealPostgres.newDatabase()));
  }

  @ParameterizedTest
  @MethodSource("databases")
  void aStartWithTablesOfAnotherBuildSaysThatTheyCanBeRebuilt(String url, @TempDir Path migrations)
      throws Exception {
    Files.writeString(
        migrations.resolve("V1__threads_turns_gaps.sql"), "CREATE TABLE thread (id UUID);");
    Files.writeString(migrations.resolve("V2__lineage.sql"), "CREATE TABLE turn (id UUID);");
    var other =
        Flyway.configure()
            .dataSource(new DriverManagerDataSource(url))
            .locations("filesystem:" + migrations)
            .load();
    other.migrate();

    var failure =
        catchThrowable(() -> StateDbAlone.open(Map.of("spring.datasource.url", url)).close());

    var analysis = new StateDbFailureAnalyzer.OtherSchema().analyze(failure);
    assertThat(analysis.getDescription()).contains("another build");
    assertThat(analysis.getAction()).contains("Delete", "rebuilt");
    assertThat(other.info().applied()).hasSize(2);
  }
}
