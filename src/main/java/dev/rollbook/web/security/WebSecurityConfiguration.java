package dev.rollbook.web.security;

import dev.rollbook.web.http.FilterOrder;
import dev.rollbook.web.tomcat.TomcatErrorCustomizer;
import jakarta.servlet.DispatcherType;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;

/// Registers [OriginFilter] and Tomcat's error responses for every web server of the process. The
/// application finds this class by component scanning. A separate management server
/// (`management.server.port`) finds it in `ManagementContextConfiguration.imports`.
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
class WebSecurityConfiguration {
  /// Also for error dispatches, which Tomcat uses for requests that it refuses itself.
  @Bean
  FilterRegistrationBean<OriginFilter> originFilter(OriginProperties properties) {
    var registration = new FilterRegistrationBean<>(new OriginFilter(properties));
    registration.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ERROR);
    registration.setOrder(FilterOrder.ORIGIN);
    return registration;
  }

  @Bean
  TomcatErrorCustomizer tomcatProblems() {
    return new TomcatErrorCustomizer();
  }
}
