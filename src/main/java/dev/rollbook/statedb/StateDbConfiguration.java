package dev.rollbook.statedb;

import com.zaxxer.hikari.HikariDataSource;
import dev.rollbook.access.Owner;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.statedb.availability.CircuitBreakerDataSource;
import dev.rollbook.statedb.dialect.H2Dialect;
import dev.rollbook.statedb.dialect.StateDbDialect;
import dev.rollbook.statedb.jdbc.StateDbJdbcTemplate;
import dev.rollbook.statedb.jdbc.TableMapping;
import java.sql.JDBCType;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.flyway.autoconfigure.FlywayDataSource;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.env.Environment;
import org.springframework.data.convert.WritingConverter;
import org.springframework.data.jdbc.core.convert.JdbcCustomConversions;
import org.springframework.data.jdbc.core.convert.QueryMappingConfiguration;
import org.springframework.data.jdbc.core.dialect.JdbcDialect;
import org.springframework.data.jdbc.core.mapping.JdbcValue;
import org.springframework.data.jdbc.repository.config.DefaultQueryMappingConfiguration;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;

/// Beans of the state-db: connection pools, JDBC templates, migration, repositories. The default
/// database is an H2 file beside the rollouts; `spring.datasource.url` sets another one.
///
/// A single query runs without a transaction. Beginning and ending one took a quarter of the
/// query's time on H2, and would take another round trip on PostgreSQL. Statements that belong
/// together use [dev.rollbook.statedb.jdbc.Transactions].
@Configuration(proxyBeanMethods = false)
@EnableJdbcRepositories(
    repositoryImplementationPostfix = "Fragment",
    enableDefaultTransactions = false)
class StateDbConfiguration {
  private static final Logger log = LoggerFactory.getLogger(StateDbConfiguration.class);

  @Bean
  StateDbDialect stateDbDialect(JdbcConnectionDetails database) {
    return StateDbDialect.of(database.getJdbcUrl());
  }

  /// Sets the default database, configures the pool for its database, and adds the circuit breaker.
  /// H2 in a file needs no password: the modes of the data-dir protect it.
  @Bean
  static BeanPostProcessor stateDbPool(
      Environment environment, ObjectProvider<StateDbDialect> dialect) {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessBeforeInitialization(Object bean, String name) {
        if (bean instanceof DataSourceProperties database && database.getUrl() == null) {
          database.setUrl(H2Dialect.url(DataDir.of(environment).dataDir().resolve("state-db")));
          database.setUsername("rollbook");
          database.setPassword("");
        }
        return bean;
      }

      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        return bean instanceof HikariDataSource pool ? withCircuitBreaker(pool) : bean;
      }

      private CircuitBreakerDataSource withCircuitBreaker(HikariDataSource pool) {
        var queries = dialect.getObject().configure(pool);
        if ("database".equalsIgnoreCase(environment.getProperty("rollbook.storage"))) {
          dialect.getObject().releaseLocks(pool);
        }
        return new CircuitBreakerDataSource(pool, queries);
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
  FlywayConfigurationCustomizer migrations(StateDbDialect dialect) {
    return flyway ->
        flyway
            .locations(dialect.migrations().toArray(String[]::new))
            .placeholders(Map.of("stored", dialect.storedColumn()));
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
  JdbcCustomConversions conversions(JdbcDialect dialect) {
    return JdbcCustomConversions.of(dialect, List.of(new TimeInUtc()));
  }

  @Bean
  QueryMappingConfiguration rowMappers() {
    return new DefaultQueryMappingConfiguration()
        .registerRowMapper(ThreadRow.class, new TableMapping<>(ThreadRow.class))
        .registerRowMapper(ThreadLocation.class, new TableMapping<>(ThreadLocation.class))
        .registerRowMapper(Owner.class, new TableMapping<>(Owner.class))
        .registerRowMapper(TurnRow.class, new TableMapping<>(TurnRow.class))
        .registerRowMapper(GapRow.class, new TableMapping<>(GapRow.class))
        .registerRowMapper(ImportRow.class, new TableMapping<>(ImportRow.class));
  }

  /// The PostgreSQL driver rejects an `Instant`, and interprets a `Timestamp` in the default time
  /// zone.
  @WritingConverter
  private static final class TimeInUtc implements Converter<Instant, JdbcValue> {
    @Override
    public JdbcValue convert(Instant time) {
      return JdbcValue.of(time.atOffset(ZoneOffset.UTC), JDBCType.TIMESTAMP_WITH_TIMEZONE);
    }
  }
}
