package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.codex.source.ImportProperties;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Import;

class PathSettingConverterTest {
  @Test
  void aSettingMayBeAnyPathOfTheFileSystem() {
    new WebApplicationContextRunner()
        .withUserConfiguration(Settings.class)
        .withPropertyValues("rollbook.import.roots=../../codex,relative,/absolute/../home")
        .run(context ->
            assertThat(context.getBean(ImportProperties.class).roots())
                .containsExactly(
                    Path.of("../../codex").toAbsolutePath().normalize(),
                    Path.of("relative").toAbsolutePath(),
                    Path.of("/home")));
  }

  @EnableConfigurationProperties(ImportProperties.class)
  @Import(PathSettingConverter.class)
  static class Settings {}
}
