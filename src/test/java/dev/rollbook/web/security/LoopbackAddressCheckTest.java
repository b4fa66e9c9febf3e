package dev.rollbook.web.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/// Addresses that the service starts on.
@ExtendWith(OutputCaptureExtension.class)
class LoopbackAddressCheckTest {
  private final StandardEnvironment environment = new StandardEnvironment();

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "localhost"})
  void aLoopbackAddressIsAcceptedSilently(String address, CapturedOutput output) {
    check(Map.of("server.address", address));

    assertThat(output).doesNotContain("WARN");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.168.1.7", "fe80::1", ""})
  void anOpenAddressFailsTheStartAndTheAnalysisNamesRemedies(String address) {
    assertThatThrownBy(() -> check(Map.of("server.address", address)))
        .isInstanceOfSatisfying(
            StartupException.class,
            refused -> {
              assertThat(refused).hasMessageStartingWith("server.address is ");
              assertThat(refused.getMessage()).hasLineCount(1);
              assertThat(refused.remedy()).contains("127.0.0.1", "rollbook.security.mode=none");
            });
  }

  @Test
  void anUnsetAddressIsAnOpenAddress() {
    assertThatThrownBy(() -> check(Map.of())).hasMessageStartingWith("server.address is not set");
  }

  @Test
  void anAllowedOpenAddressIsWarnedAbout(CapturedOutput output) {
    check(Map.of("server.address", "0.0.0.0", "rollbook.security.mode", "none"));

    assertThat(output).contains("WARN").contains("no authentication: server.address is 0.0.0.0");
  }

  @Test
  void aManagementPortUsesTheAddressOfTheService() {
    check(Map.of("server.address", "127.0.0.1", "management.server.port", "1"));

    assertThat(environment.getProperty("management.server.address")).isEqualTo("127.0.0.1");
  }

  @Test
  void anOpenManagementAddressFailsTheStart() {
    var settings =
        Map.<String, Object>of(
            "server.address", "127.0.0.1",
            "management.server.port", "1",
            "management.server.address", "0.0.0.0");

    assertThatThrownBy(() -> check(settings))
        .hasMessageStartingWith("management.server.address is 0.0.0.0");
  }

  private void check(Map<String, Object> settings) {
    environment.getPropertySources().addFirst(new MapPropertySource("test", settings));
    var check = new LoopbackAddressCheck();
    check.setEnvironment(environment);
    check.postProcessBeanFactory(new DefaultListableBeanFactory());
  }
}
