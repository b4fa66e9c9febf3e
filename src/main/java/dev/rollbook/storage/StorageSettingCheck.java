package dev.rollbook.storage;

import dev.rollbook.model.StartupException;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/// Stops the start, before any bean opens a database, if the rollouts should be in a database that
/// cannot hold them.
record StorageSettingCheck(Environment environment) implements BeanFactoryPostProcessor {
  private static final String POSTGRES = "jdbc:postgresql:";

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
    var storage =
        Binder.get(environment).bindOrCreate("rollbook", StorageProperties.class).storage();
    var url = environment.getProperty("spring.datasource.url", "");
    if (storage == StorageProperties.Kind.DATABASE && !url.startsWith(POSTGRES)) {
      throw new StartupException(
          "With rollbook.storage=database, the rollouts are stored in PostgreSQL, but"
              + " spring.datasource.url is %s."
                  .formatted(url.isEmpty() ? "not set" : "not that of a PostgreSQL"),
          "Set spring.datasource.url to %s//HOST/DATABASE, or remove rollbook.storage."
              .formatted(POSTGRES));
    }
  }
}
