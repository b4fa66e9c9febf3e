package dev.rollbook.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterPropertiesTest {
  private static final String SECRET = "a secret of 32 bytes and some more";

  private static ClusterProperties properties(String address, String secret) {
    var uri = address == null ? null : URI.create(address);
    return new ClusterProperties(uri, true, secret, Duration.ofSeconds(2), Duration.ofSeconds(2));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = "http://10.0.0.7:8080")
  void aShortSecretStopsTheStart(String address) {
    assertThatThrownBy(() -> properties(address, "x".repeat(31)))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("shorter than 32 bytes");
  }

  @Test
  void anAddressNeedsASecret() {
    assertThatThrownBy(() -> properties("http://10.0.0.7:8080", null))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("rollbook.cluster.secret is not");
    assertThat(properties(null, null).address()).isNull();
  }

  @Test
  void itsTextDoesNotHaveTheSecret() {
    assertThat(properties("http://10.0.0.7:8080", SECRET).toString()).doesNotContain(SECRET);
  }

  @Test
  void anAddressNeedsTheConsentToThePreview() {
    var address = URI.create("http://10.0.0.7:8080");

    assertThatThrownBy(() ->
            new ClusterProperties(
                address, false, "s".repeat(32), Duration.ofSeconds(2), Duration.ZERO))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("preview");
  }
}
