package dev.rollbook.statedb;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.stereotype.Component;

/// Makes the pool fit for a state-db that goes away, whichever it is.
@Component
class PoolSetup implements BeanPostProcessor {
  /// A PostgreSQL whose host vanishes says nothing: without these the system would wait for it for
  /// a quarter of an hour. Each can be set otherwise in the URL.
  private static final Map<String, String> PATIENCE =
      Map.of(
          "connectTimeout", "3",
          "socketTimeout", "20",
          "tcpKeepAlive", "true",
          "ApplicationName", "rollbook");

  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    return bean instanceof HikariDataSource pool ? new ReachedSource(pool, prepared(pool)) : bean;
  }

  private static DataSource prepared(HikariDataSource pool) {
    var url = String.valueOf(pool.getJdbcUrl());
    if (url.startsWith("jdbc:h2:")) {
      return new OneWriter(pool);
    }
    if (url.startsWith("jdbc:postgresql:")) {
      PATIENCE.forEach(pool.getDataSourceProperties()::putIfAbsent);
    }
    return pool;
  }
}
