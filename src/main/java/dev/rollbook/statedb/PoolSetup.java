package dev.rollbook.statedb;

import com.zaxxer.hikari.HikariDataSource;
import dev.rollbook.statedb.dialect.StateDbDialect;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.stereotype.Component;

/// Makes the pool fit for the database, and for one that goes away.
@Component
class PoolSetup implements BeanPostProcessor {
  private final ObjectProvider<StateDbDialect> dialect;

  PoolSetup(ObjectProvider<StateDbDialect> dialect) {
    this.dialect = dialect;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    return bean instanceof HikariDataSource pool
        ? new FailFastDataSource(pool, dialect.getObject().configure(pool))
        : bean;
  }
}
