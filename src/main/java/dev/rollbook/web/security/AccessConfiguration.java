package dev.rollbook.web.security;

import dev.rollbook.model.AccessPolicy;
import dev.rollbook.web.security.access.CallerAccess;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Which threads each caller can see, from the settings of access control.
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
  @Bean
  AccessPolicy accessPolicy(SecurityProperties security) {
    return security.accessPolicy();
  }

  @Bean
  CallerAccess callerAccess(SecurityProperties security, AccessPolicy policy) {
    return new CallerAccess(policy, security.requiresAuthentication());
  }
}
