package dev.rollbook.statedb;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.jdbc.core.convert.QueryMappingConfiguration;
import org.springframework.data.jdbc.repository.config.DefaultQueryMappingConfiguration;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;

/// Opens the repositories, and puts the state-db beside the rollouts unless `spring.datasource.url`
/// says another place.
///
/// A query is one statement, and needs no transaction around it: to begin and end one took a
/// quarter of the time of a query on H2, and on PostgreSQL is a second journey. Those that belong
/// together say so ([Transactions]).
@Configuration(proxyBeanMethods = false)
@EnableJdbcRepositories(
    repositoryImplementationPostfix = "Fragment",
    enableDefaultTransactions = false)
class StateDbConfiguration {
  private static final Logger log = LoggerFactory.getLogger(StateDbConfiguration.class);

  /// Names in either case, quoted or not, as the migrations and Spring Data write them; open until
  /// the last rows are written.
  private static final String H2_LIKE_POSTGRESQL =
      ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"
          + ";DB_CLOSE_ON_EXIT=FALSE;DB_CLOSE_DELAY=-1;TRACE_LEVEL_FILE=0"
          + OneWriter.STORES_WHEN_TOLD
          + ";DATABASE_EVENT_LISTENER='"
          + Openings.Listener.class.getName()
          + "'";

  @Bean
  JdbcConnectionDetails placeOfTheStateDb(
      @Value("${rollbook.data-dir:./data}") Path dataDir, DataSourceProperties given) {
    if (given.getUrl() != null) {
      return new GivenDatabase(given);
    }
    var file = dataDir.toAbsolutePath().normalize().resolve("state-db");
    OwnerOnlyFilePath.register();
    return new H2File(
        "jdbc:h2:%s:%s".formatted(OwnerOnlyFilePath.SCHEME, file) + H2_LIKE_POSTGRESQL);
  }

  /// Migrates the schema with one log line, where Flyway writes one for each migration.
  @Bean
  FlywayMigrationStrategy migrationInOneLine() {
    return flyway -> {
      var result = flyway.migrate();
      if (result.migrationsExecuted > 0) {
        log.info(
            "state-db schema migrated to version {} ({} migrations)",
            result.targetSchemaVersion,
            result.migrationsExecuted);
      }
    };
  }

  @Bean
  NamedParameterJdbcOperations namedParameterJdbcTemplate(JdbcOperations jdbc) {
    return new TimeBinding(jdbc);
  }

  @Bean
  QueryMappingConfiguration mappersOfRows() {
    return new DefaultQueryMappingConfiguration()
        .registerRowMapper(ThreadRow.class, new RecordMapper<>(ThreadRow.class))
        .registerRowMapper(TurnRow.class, new RecordMapper<>(TurnRow.class))
        .registerRowMapper(GapRow.class, new RecordMapper<>(GapRow.class));
  }

  private record GivenDatabase(DataSourceProperties given) implements JdbcConnectionDetails {
    @Override
    public String getJdbcUrl() {
      return given.determineUrl();
    }

    @Override
    public @Nullable String getUsername() {
      return given.determineUsername();
    }

    @Override
    public @Nullable String getPassword() {
      return given.determinePassword();
    }

    @Override
    public String getDriverClassName() {
      return given.determineDriverClassName();
    }
  }

  /// H2 needs no server, no user and no password: who can read the data-dir can read it all.
  private record H2File(String url) implements JdbcConnectionDetails {
    @Override
    public String getJdbcUrl() {
      return url;
    }

    @Override
    public String getUsername() {
      return "rollbook";
    }

    @Override
    public String getPassword() {
      return "";
    }
  }
}
