package dev.rollbook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.mock.env.MockEnvironment;

/// A database that cannot hold rollouts stops the start with a sentence.
class StorageSettingCheckTest {
  private final MockEnvironment settings = new MockEnvironment();

  @ParameterizedTest
  @CsvSource({"'',not set", "jdbc:h2:./state-db,not that of a PostgreSQL"})
  void rolloutsAreNotStoredInAnyOtherDatabase(String url, String what) {
    settings
        .withProperty("rollbook.storage", "database")
        .withProperty("spring.datasource.url", url);

    assertThatThrownBy(this::check)
        .isInstanceOfSatisfying(
            StartupException.class, e -> assertThat(e.remedy()).contains("jdbc:postgresql"))
        .hasMessageContaining("spring.datasource.url is " + what);
  }

  @Test
  void filesNeedNoDatabase() {
    assertThatCode(this::check).doesNotThrowAnyException();
  }

  @Test
  void postgresHoldsRollouts() {
    settings
        .withProperty("rollbook.storage", "DATABASE")
        .withProperty("spring.datasource.url", "jdbc:postgresql://localhost/rollbook");

    assertThatCode(this::check).doesNotThrowAnyException();
  }

  @Test
  void anUnknownStorageIsNamed() {
    settings.withProperty("rollbook.storage", "cloud");

    assertThatThrownBy(this::check)
        .isInstanceOf(BindException.class)
        .hasMessageContaining("rollbook.storage");
  }

  private void check() {
    new StorageSettingCheck(settings).postProcessBeanFactory(new DefaultListableBeanFactory());
  }
}
