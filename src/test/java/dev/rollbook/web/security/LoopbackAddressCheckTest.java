package dev.rollbook.web.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/// Addresses that the service starts on.
@ExtendWith(OutputCaptureExtension.class)
class LoopbackAddressCheckTest {
  private final StandardEnvironment environment = new StandardEnvironment();

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "localhost"})
  void aLoopbackAddressIsAcceptedWithOneLine(String address, CapturedOutput output) {
    check(Map.of("server.address", address));

    assertThat(output.getAll().lines().filter(line -> line.contains("no authentication: ")))
        .singleElement()
        .asString()
        .contains("INFO", "every program on this machine");
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
              assertThat(refused.remedy())
                  .contains(
                      "rollbook.security.tokens-file", "127.0.0.1", "rollbook.security.mode=none");
            });
  }

  @Test
  void anUnsetAddressIsAnOpenAddress() {
    assertThatThrownBy(() -> check(Map.of())).hasMessageStartingWith("server.address is not set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "127.0.0.1"})
  void modeNoneIsWarnedAboutOnEveryAddress(String address, CapturedOutput output) {
    check(Map.of("server.address", address, "rollbook.security.mode", "none"));

    assertThat(output)
        .contains("WARN")
        .contains("no authentication: rollbook.security.mode is none", address);
  }

  @ParameterizedTest
  @CsvSource({
    "rollbook.security.tokens-file,tokens.yml",
    "rollbook.security.local-token,true",
    "spring.security.oauth2.resourceserver.jwt.issuer-uri,https://issuer.example"
  })
  void anyAddressIsAcceptedWithTokens(String setting, String value, CapturedOutput output) {
    check(
        Map.of(
            "server.address",
            "0.0.0.0",
            "management.server.port",
            "1",
            "management.server.address",
            "0.0.0.0",
            setting,
            value));

    assertThat(output.getAll()).doesNotContain("WARN", "no authentication");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ROLLBOOK_SECURITY_TOKENSFILE",
        "ROLLBOOK_SECURITY_LOCALTOKEN",
        "SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_ISSUERURI",
        "SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_JWKSETURI"
      })
  void anEmptySettingOfAuthenticationFailsTheStartOnEveryAddress(String variable) {
    environment
        .getPropertySources()
        .addFirst(new SystemEnvironmentPropertySource("systemEnvironment", Map.of(variable, "")));

    assertThatThrownBy(() -> check(Map.of("server.address", "127.0.0.1")))
        .isInstanceOfSatisfying(
            StartupException.class, refused -> assertThat(refused.remedy()).contains(variable))
        .hasMessageEndingWith(" is set, but has no value.");
  }

  @Test
  void clientCertificatesCountOnlyIfTheServerAsksForThemAndNamesAreMapped() {
    var settings = new HashMap<String, Object>();
    settings.put("server.address", "0.0.0.0");
    settings.put("server.ssl.bundle", "service");
    settings.put("server.ssl.client-auth", "want");
    assertThatThrownBy(() -> check(settings)).hasMessageStartingWith("server.address is 0.0.0.0");

    settings.put("rollbook.security.certificates.callers[0].san", "spiffe://acme/ci");
    settings.put("rollbook.security.certificates.callers[0].scopes", "read");
    check(settings);

    settings.put("server.ssl.client-auth", "none");
    assertThatThrownBy(() -> check(settings)).hasMessageStartingWith("server.address is 0.0.0.0");
  }

  @Test
  void tokensAndModeNoneContradictEachOther() {
    var settings =
        Map.<String, Object>of(
            "server.address", "127.0.0.1",
            "rollbook.security.mode", "none",
            "rollbook.security.local-token", "true");

    assertThatThrownBy(() -> check(settings))
        .isInstanceOf(StartupException.class)
        .hasMessageStartingWith("rollbook.security.mode is none");
  }

  @ParameterizedTest
  @CsvSource({"true,when-authorized", "false,always"})
  void healthShowsDetailsToOperatorsOrToEverybody(String localToken, String shown) {
    check(Map.of("server.address", "127.0.0.1", "rollbook.security.local-token", localToken));

    assertThat(environment.getProperty("management.endpoint.health.show-details")).isEqualTo(shown);
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
