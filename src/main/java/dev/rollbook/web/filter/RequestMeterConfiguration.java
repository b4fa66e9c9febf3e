package dev.rollbook.web.filter;

import dev.rollbook.web.http.FilterOrder;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.DispatcherType;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.web.filter.ServerHttpObservationFilter;

/// Registers [RequestMeterFilter] in place of Spring's observation of requests, unless requests are
/// traced.
@Configuration(proxyBeanMethods = false)
@Profile("!tracing")
class RequestMeterConfiguration {
  /// With the type of Spring's filter, so that Spring Boot does not register that one, too.
  @Bean
  FilterRegistrationBean<ServerHttpObservationFilter> requestMeters(MeterRegistry registry) {
    var registration =
        new FilterRegistrationBean<ServerHttpObservationFilter>(new RequestMeterFilter(registry));
    registration.setDispatcherTypes(DispatcherType.REQUEST);
    registration.setOrder(FilterOrder.METERS);
    return registration;
  }
}
