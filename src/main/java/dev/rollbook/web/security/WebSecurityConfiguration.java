package dev.rollbook.web.security;

import dev.rollbook.audit.AuditLog;
import dev.rollbook.cluster.ClusterProperties;
import dev.rollbook.web.audit.AuditFilter;
import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.http.FilterOrder;
import dev.rollbook.web.tomcat.StreamTicketValve;
import dev.rollbook.web.tomcat.TomcatErrorCustomizer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.security.web.context.AbstractSecurityWebApplicationInitializer;

/// Registers [OriginFilter], authentication, the audit, the redaction of tickets and Tomcat's error
/// responses for every web server of the process. The application finds this class by component
/// scanning. A separate management server (`management.server.port`) finds it in
/// `ManagementContextConfiguration.imports`.
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
class WebSecurityConfiguration {
  /// Also for error dispatches, which Tomcat uses for requests that it refuses itself.
  @Bean
  FilterRegistrationBean<OriginFilter> originFilter(
      OriginProperties properties, ClusterProperties cluster, RefusedRequests refusals) {
    var filter = new OriginFilter(properties, cluster.address(), refusals);
    var registration = new FilterRegistrationBean<>(filter);
    registration.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ERROR);
    registration.setOrder(FilterOrder.ORIGIN);
    return registration;
  }

  /// The filter chain of [AuthenticationConfiguration]. Only for requests: an error dispatch or an
  /// asynchronous dispatch belongs to a request that has passed the chain.
  @Bean
  @Conditional(AuthenticationCondition.class)
  FilterRegistrationBean<Filter> authenticationFilter(
      @Qualifier(AbstractSecurityWebApplicationInitializer.DEFAULT_FILTER_NAME) Filter chain) {
    var registration = new FilterRegistrationBean<>(chain);
    registration.setDispatcherTypes(DispatcherType.REQUEST);
    registration.setOrder(FilterOrder.AUTHENTICATION);
    return registration;
  }

  @Bean
  FilterRegistrationBean<AuditFilter> auditFilter(AuditLog audit) {
    var registration = new FilterRegistrationBean<>(new AuditFilter(audit));
    registration.setDispatcherTypes(DispatcherType.REQUEST);
    registration.setOrder(FilterOrder.AUDIT);
    return registration;
  }

  /// Also without authentication: a page sends its ticket all the same.
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> ticketRedaction() {
    return factory -> factory.addEngineValves(new StreamTicketValve());
  }

  @Bean
  TomcatErrorCustomizer tomcatProblems() {
    return new TomcatErrorCustomizer();
  }
}
