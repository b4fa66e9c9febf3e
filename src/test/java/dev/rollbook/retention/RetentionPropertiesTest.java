package dev.rollbook.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/// Nothing is done that was not asked for, and a slip of the pen stops the start.
class RetentionPropertiesTest {
  @Test
  void nothingIsSetByDefault() {
    var properties = bound(Map.of());

    assertThat(properties.isOff()).isTrue();
    assertThat(properties.mode()).isEqualTo(RetentionProperties.Mode.DRY_RUN);
  }

  @Test
  void eachRuleMayStandAlone() {
    var properties = bound(Map.of("rollbook.retention.deleted-after", "90d"));

    assertThat(properties.isOff()).isFalse();
    assertThat(properties.after(RetentionAction.DELETE)).isEqualTo(Duration.ofDays(90));
    assertThat(properties.after(RetentionAction.ARCHIVE)).isNull();
    assertThat(properties.after(RetentionAction.COMPRESS)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "archived-after, -1d",
    "deleted-after, 0s",
    "compressed-after, 59s",
    "interval, 1s",
    "deleted-after, 900000d",
    "deleted-after, soon",
    "mode, delete"
  })
  void anInvalidValueFailsTheStartAndNamesItsKey(String key, String value) {
    var name = "rollbook.retention." + key;

    assertThatThrownBy(() -> bound(Map.of(name, value)))
        .satisfies(failure -> assertThat(messages(failure)).contains(name));
  }

  private static String messages(Throwable failure) {
    var all = new StringBuilder();
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      all.append(cause.getMessage()).append('\n');
    }
    return all.toString();
  }

  private static RetentionProperties bound(Map<String, String> values) {
    return new Binder(new MapConfigurationPropertySource(values))
        .bindOrCreate("rollbook.retention", RetentionProperties.class);
  }
}
