package dev.rollbook.statedb;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.rollout.RolloutStorageStatus;
import java.util.Map;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.data.jdbc.autoconfigure.DataJdbcRepositoriesAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.core.env.MapPropertySource;

/// The package `statedb` as the service has it, with nothing around it.
@ImportAutoConfiguration({
  DataSourceAutoConfiguration.class,
  DataSourceTransactionManagerAutoConfiguration.class,
  TransactionAutoConfiguration.class,
  JdbcTemplateAutoConfiguration.class,
  DataJdbcRepositoriesAutoConfiguration.class,
  FlywayAutoConfiguration.class
})
@ComponentScan
class StateDbAlone {
  static AnnotationConfigApplicationContext open(Map<String, Object> properties) {
    var context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(new MapPropertySource("test", properties));
    context.register(StateDbAlone.class);
    context.registerBean(RolloutStorageStatus.class, () -> () -> false);
    context.registerBean(DeletedThreads.class, () -> thread -> false);
    context.refresh();
    return context;
  }
}
