package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;

/// Which settings lead to a start that decides anew which beans there are.
class PreparedBeansTest {
  private static final String SYSTEM = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;

  private final StandardEnvironment environment = new StandardEnvironment();

  @BeforeEach
  void onlyTheSettingsOfTheTest() {
    environment.getPropertySources().remove(SYSTEM);
    ConfigurationPropertySources.attach(environment);
  }

  @Test
  void theJarItselfDecidedAtTheBuild() throws IOException {
    new YamlPropertySourceLoader()
        .load("jar", new ClassPathResource("application.yml"))
        .forEach(environment.getPropertySources()::addLast);

    assertThat(PreparedBeans.deciding(environment)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spring.profiles.active",
        "spring.autoconfigure.exclude[0]",
        "spring.flyway.enabled",
        "management.server.port",
        "management.endpoints.web.exposure.include",
        "server.forward-headers-strategy",
        "rollbook.watch.codex-home"
      })
  void whatMayAskForOtherBeansIsFound(String setting) {
    environment.getPropertySources().addFirst(new MapPropertySource("given", Map.of(setting, "x")));

    assertThat(PreparedBeans.deciding(environment)).hasToString("Optional[" + setting + "]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SPRING_PROFILES_ACTIVE", "MANAGEMENT_SERVER_PORT", "ROLLBOOK_WATCH_CODEXHOME"})
  void alsoInTheSystemsEnvironment(String variable) {
    givenBySystem(variable);

    assertThat(PreparedBeans.deciding(environment)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PATH",
        "ROLLBOOK_DATA_DIR",
        "ROLLBOOK_PERSISTENCE_HEALTH_WINDOW",
        "SERVER_ADDRESS",
        "SERVER_PORT",
        "SPRING_DATASOURCE_URL",
        "SPRING_DATASOURCE_USERNAME",
        "SPRING_DATASOURCE_PASSWORD",
        "SPRING_CONFIG_IMPORT",
        "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE",
        "LOGGING_STRUCTURED_FORMAT_CONSOLE"
      })
  void whatOperatorsSetEveryDayDecidesNothing(String variable) {
    givenBySystem(variable);

    assertThat(PreparedBeans.deciding(environment)).isEmpty();
  }

  @Test
  void aFileBesideTheJarIsFromOutside() throws IOException {
    var file = new ByteArrayResource("management.server.port: 9090".getBytes());
    new YamlPropertySourceLoader()
        .load("file", file)
        .forEach(environment.getPropertySources()::addLast);

    assertThat(PreparedBeans.deciding(environment)).hasToString("Optional[management.server.port]");
  }

  private void givenBySystem(String variable) {
    environment
        .getPropertySources()
        .addFirst(new SystemEnvironmentPropertySource(SYSTEM, Map.of(variable, "x")));
  }
}
