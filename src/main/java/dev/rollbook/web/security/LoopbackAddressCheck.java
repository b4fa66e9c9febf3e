package dev.rollbook.web.security;

import dev.rollbook.model.StartupException;
import java.net.InetAddress;
import java.util.Map;
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

/// Fails the start if the service would listen on an address that is not loopback, before anything
/// is opened or written.
@Component
final class LoopbackAddressCheck
    implements BeanFactoryPostProcessor, EnvironmentAware, PriorityOrdered {
  private static final Logger log = LoggerFactory.getLogger(LoopbackAddressCheck.class);

  private static final String ADDRESS = "server.address";
  private static final String MANAGEMENT_ADDRESS = "management.server.address";

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
    require(ADDRESS);
    if (ManagementPortType.get(environment) == ManagementPortType.DIFFERENT) {
      bindManagementToTheSameAddress();
      require(MANAGEMENT_ADDRESS);
    }
  }

  /// Default for the management server. Spring Boot would bind it to all addresses; the setting is
  /// invalid without a management port.
  private void bindManagementToTheSameAddress() {
    var address = environment.getProperty(ADDRESS);
    if (address != null && environment instanceof ConfigurableEnvironment settings) {
      settings
          .getPropertySources()
          .addLast(
              new MapPropertySource("management address", Map.of(MANAGEMENT_ADDRESS, address)));
    }
  }

  /// No address means the wildcard: the server listens on all of them.
  private void require(String setting) {
    var binder = Binder.get(environment);
    var address = binder.bind(setting, InetAddress.class).orElse(null);
    if (address != null && address.isLoopbackAddress()) {
      return;
    }
    var where = address == null ? "not set" : address.getHostAddress();
    var mode = binder.bindOrCreate("rollbook.security", SecurityProperties.class).mode();
    if (mode != SecurityProperties.Mode.NONE) {
      throw new StartupException(
          ("%s is %s, which other machines can reach, but Rollbook has no authentication: every"
                  + " client that can connect could read and write all threads.")
              .formatted(setting, where),
          "Set it to a loopback address such as 127.0.0.1. If access is restricted by other means,"
              + " set rollbook.security.mode=none (ROLLBOOK_SECURITY_MODE=none).");
    }
    log.warn(
        "no authentication: {} is {} and rollbook.security.mode is none, so every client that can"
            + " connect can read and write all threads; restrict access by other means",
        setting,
        where);
  }
}
