package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.CommandLinePropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

class BlankPropertyRemoverTest {
  private static final String SYSTEM = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;

  private final StandardEnvironment environment = new StandardEnvironment();

  @Test
  void anEmptyVariableIsNotSet() {
    environment
        .getPropertySources()
        .replace(
            SYSTEM,
            new SystemEnvironmentPropertySource(
                SYSTEM,
                Map.of(
                    "ROLLBOOK_DATA_DIR", "",
                    "ROLLBOOK_WATCH_CODEX_HOME", " ",
                    "SERVER_PORT", "",
                    "ROLLBOOK_TURN_ABANDONED_AFTER", "1h")));

    process();

    assertThat(bound("rollbook.data-dir", Path.class)).isNull();
    assertThat(bound("rollbook.watch.codex-home", Path.class)).isNull();
    assertThat(environment.getProperty("rollbook.data-dir", "./data")).isEqualTo("./data");
    assertThat(environment.containsProperty("server.port")).isFalse();
    assertThat(bound("rollbook.turn.abandoned-after", String.class)).isEqualTo("1h");
  }

  /// Without them, the service would be open.
  @ParameterizedTest
  @CsvSource({
    "ROLLBOOK_SECURITY_TOKENSFILE,rollbook.security.tokens-file",
    "ROLLBOOK_SECURITY_TOKENS_FILE,rollbook.security.tokens-file",
    "ROLLBOOK_SECURITY_LOCALTOKEN,rollbook.security.local-token",
    "SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_ISSUERURI,spring.security.oauth2.resourceserver.jwt.issuer-uri"
  })
  void anEmptyVariableThatWouldRequireAuthenticationStays(String variable, String setting) {
    environment
        .getPropertySources()
        .replace(SYSTEM, new SystemEnvironmentPropertySource(SYSTEM, Map.of(variable, "")));

    process();

    assertThat(bound(setting, String.class)).isEmpty();
  }

  @Test
  void anEmptyArgumentIsNotSet() {
    environment
        .getPropertySources()
        .addFirst(
            new SimpleCommandLinePropertySource(
                "--rollbook.data-dir=", "--rollbook.search.enabled=false"));

    process();

    assertThat(environment.getPropertySources())
        .anyMatch(source ->
            source.getName().equals(CommandLinePropertySource.COMMAND_LINE_PROPERTY_SOURCE_NAME));
    assertThat(bound("rollbook.data-dir", Path.class)).isNull();
    assertThat(bound("rollbook.search.enabled", String.class)).isEqualTo("false");
  }

  @Test
  void anEmptyKeyOfAFileIsNotSetAndTheOthersKeepTheirLine() throws IOException {
    var yaml =
        "rollbook:\n  data-dir:\n  watch:\n    codex-home: ''\n  live:\n    max-threads: x\n";
    new YamlPropertySourceLoader()
        .load("file", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
        .forEach(environment.getPropertySources()::addFirst);

    process();

    assertThat(bound("rollbook.data-dir", Path.class)).isNull();
    assertThat(bound("rollbook.watch.codex-home", Path.class)).isNull();
    assertThat(ConfigurationPropertySources.get(environment))
        .anyMatch(source -> {
          var threads =
              source.getConfigurationProperty(
                  ConfigurationPropertyName.of("rollbook.live.max-threads"));
          return threads != null && String.valueOf(threads.getOrigin()).contains("6:18");
        });
  }

  private void process() {
    ConfigurationPropertySources.attach(environment);
    new BlankPropertyRemover().postProcessEnvironment(environment, new SpringApplication());
  }

  private <T> @Nullable T bound(String key, Class<T> type) {
    return Binder.get(environment).bind(key, type).orElse(null);
  }
}
