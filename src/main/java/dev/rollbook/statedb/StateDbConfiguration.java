package dev.rollbook.statedb;

import com.zaxxer.hikari.HikariDataSource;
import dev.rollbook.statedb.availability.CircuitBreakerDataSource;
import dev.rollbook.statedb.dialect.H2Dialect;
import dev.rollbook.statedb.dialect.StateDbDialect;
import dev.rollbook.statedb.jdbc.StateDbJdbcTemplate;
import dev.rollbook.statedb.jdbc.TableMapping;
import dev.rollbook.statedb.jdbc.UtcNamedParameterJdbcTemplate;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.flyway.autoconfigure.FlywayDataSource;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.jdbc.core.convert.QueryMappingConfiguration;
import org.springframework.data.jdbc.repository.config.DefaultQueryMappingConfiguration;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;

/// Beans of the state-db: connection pools, JDBC templates, migration, repositories. The default
/// database is an H2 file beside the rollouts; `spring.datasource.url` sets another one.
///
/// A single query runs without a transaction. To begin and end a transaction took a quarter of the
/// time of a query on H2, and takes another round trip on PostgreSQL. Statements that belong
/// together use [dev.rollbook.statedb.jdbc.Transactions].
@Configuration(proxyBeanMethods = false)
@EnableJdbcRepositories(
    repositoryImplementationPostfix = "Fragment",
    enableDefaultTransactions = false)
class StateDbConfiguration {
  private static final Logger log = LoggerFactory.getLogger(StateDbConfiguration.class);

  @Bean
  JdbcConnectionDetails stateDbConnectionDetails(
      @Value("${rollbook.data-dir:./data}") Path dataDir, DataSourceProperties given) {
    if (given.getUrl() != null) {
      return new GivenDatabase(given);
    }
    var file = dataDir.toAbsolutePath().normalize().resolve("state-db");
    return new H2File(H2Dialect.url(file));
  }

  @Bean
  StateDbDialect stateDbDialect(JdbcConnectionDetails database) {
    return StateDbDialect.of(database.getJdbcUrl());
  }

  /// Configures the pool for its database, and adds the circuit breaker.
  @Bean
  static BeanPostProcessor failFastPool(ObjectProvider<StateDbDialect> dialect) {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        return bean instanceof HikariDataSource pool
            ? new CircuitBreakerDataSource(pool, dialect.getObject().configure(pool))
            : bean;
      }
    };
  }

  /// Also for Flyway, which needs two connections at a time and runs before all other writes.
  @Bean(defaultCandidate = false)
  @FlywayDataSource
  CircuitBreakerDataSource queryDataSource(DataSource writes) throws SQLException {
    return writes.unwrap(CircuitBreakerDataSource.class).queries();
  }

  @Bean
  StateDbJdbcTemplate jdbcTemplate(
      DataSource writes, @FlywayDataSource DataSource queries, JdbcProperties properties) {
    var jdbc = new StateDbJdbcTemplate(writes, queries);
    var timeout = properties.getTemplate().getQueryTimeout();
    return timeout == null ? jdbc : jdbc.withTimeout(timeout);
  }

  @Bean
  FlywayConfigurationCustomizer migrationPlaceholders(StateDbDialect dialect) {
    return flyway -> flyway.placeholders(Map.of("stored", dialect.storedColumn()));
  }

  /// Logs one line for all migrations, where Flyway logs one for each.
  @Bean
  FlywayMigrationStrategy migrationStrategy() {
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
    return new UtcNamedParameterJdbcTemplate(jdbc);
  }

  @Bean
  QueryMappingConfiguration rowMappers() {
    return new DefaultQueryMappingConfiguration()
        .registerRowMapper(ThreadRow.class, new TableMapping<>(ThreadRow.class))
        .registerRowMapper(TurnRow.class, new TableMapping<>(TurnRow.class))
        .registerRowMapper(GapRow.class, new TableMapping<>(GapRow.class))
        .registerRowMapper(ImportRow.class, new TableMapping<>(ImportRow.class));
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

  /// H2 in a file needs no password: the modes of the data-dir protect it.
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
