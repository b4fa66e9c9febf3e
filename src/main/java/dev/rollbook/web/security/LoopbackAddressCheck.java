package dev.rollbook.web.security;

import dev.rollbook.model.StartupException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.stereotype.Component;

/// Fails the start if the service would listen on an address that is not loopback without
/// authentication, before anything is opened or written. Also if a setting that would require
/// authentication is there without a value: an operator who sets it wants authentication.
///
/// Also sets the defaults of two settings of Spring Boot: `management.server.address`, and
/// `management.endpoint.health.show-details`, which depends on whether clients authenticate.
@Component
final class LoopbackAddressCheck
    implements BeanFactoryPostProcessor, EnvironmentAware, PriorityOrdered {
  private static final Logger log = LoggerFactory.getLogger(LoopbackAddressCheck.class);

  private static final String ADDRESS = "server.address";
  private static final String MANAGEMENT_ADDRESS = "management.server.address";
  private static final String HEALTH_DETAILS = "management.endpoint.health.show-details";
  private static final String WAYS_OUT =
      """
      Name a file with tokens in rollbook.security.tokens-file (ROLLBOOK_SECURITY_TOKENSFILE); \
      java -jar rollbook.jar token creates tokens. Or name the issuer of JSON Web Tokens in \
      spring.security.oauth2.resourceserver.jwt.issuer-uri. Or map client certificates in \
      rollbook.security.certificates.callers. Or set the address to a loopback address such as \
      127.0.0.1. If access is restricted by other means, set rollbook.security.mode=none \
      (ROLLBOOK_SECURITY_MODE=none).\
      """;

  private Environment environment = new StandardEnvironment();

  @Override
  public void setEnvironment(Environment given) {
    this.environment = given;
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
    AuthenticationCondition.SETTINGS.forEach(this::requireValue);
    var security = AuthenticationCondition.properties(environment);
    boolean hasManagementServer =
        ManagementPortType.get(environment) == ManagementPortType.DIFFERENT;
    addDefaults(hasManagementServer);
    if (AuthenticationCondition.isRequired(environment)) {
      requireModeClosed(security);
      return;
    }
    if (security.mode() == SecurityProperties.Mode.NONE) {
      log.warn(
          "no authentication: rollbook.security.mode is none, so every client that can connect to"
              + " {} can read and write all threads; restrict access by other means",
          text(address(ADDRESS)));
      return;
    }
    requireLoopback(ADDRESS);
    if (hasManagementServer) {
      requireLoopback(MANAGEMENT_ADDRESS);
    }
    log.info(
        "no authentication: {} is a loopback address, so every program on this machine can read and"
            + " write all threads",
        text(address(ADDRESS)));
  }

  private void requireValue(String setting) {
    var value = Binder.get(environment).bind(setting, String.class);
    if (value.isBound() && value.get().isBlank()) {
      throw new StartupException(
          setting + " is set, but has no value.",
          "Give it a value, or remove it from the properties and the environment (%s)."
              .formatted(setting.toUpperCase(Locale.ROOT).replace('.', '_').replace("-", "")));
    }
  }

  /// The management server would be bound to all addresses by default, and its address is invalid
  /// without a management port.
  private void addDefaults(boolean hasManagementServer) {
    var defaults = new HashMap<String, Object>();
    defaults.put(
        HEALTH_DETAILS,
        AuthenticationCondition.isRequired(environment) ? "when-authorized" : "always");
    var address = environment.getProperty(ADDRESS);
    if (address != null && hasManagementServer) {
      defaults.put(MANAGEMENT_ADDRESS, address);
    }
    if (environment instanceof ConfigurableEnvironment settings) {
      settings.getPropertySources().addLast(new MapPropertySource("access defaults", defaults));
    }
  }

  private static void requireModeClosed(SecurityProperties security) {
    if (security.mode() == SecurityProperties.Mode.NONE) {
      throw new StartupException(
          "rollbook.security.mode is none, which accepts every client, but tokens or client"
              + " certificates are configured, which refuse clients.",
          "Remove rollbook.security.mode to require them, or remove"
              + " rollbook.security.tokens-file, rollbook.security.local-token,"
              + " rollbook.security.certificates and spring.security.oauth2.resourceserver.jwt.");
    }
  }

  private void requireLoopback(String setting) {
    var address = address(setting);
    if (address == null || !address.isLoopbackAddress()) {
      throw new StartupException(
          ("%s is %s, which other machines can reach, but no authentication is configured: every"
                  + " client that can connect could read and write all threads.")
              .formatted(setting, text(address)),
          WAYS_OUT);
    }
  }

  /// No address means the wildcard: the server listens on all of them.
  private @Nullable InetAddress address(String setting) {
    return Binder.get(environment).bind(setting, InetAddress.class).orElse(null);
  }

  private static String text(@Nullable InetAddress address) {
    return address == null ? "not set" : address.getHostAddress();
  }
}
