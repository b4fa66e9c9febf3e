package dev.rollbook.web.security;

import dev.rollbook.model.AccessPolicy;
import dev.rollbook.web.security.access.CallerAccess;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/// Which threads each caller can see, from the settings of access control.
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
  @Bean
  AccessPolicy accessPolicy(SecurityProperties security, Environment environment) {
    return security.accessPolicy(AuthenticationCondition.isRequired(environment));
  }

  @Bean
  CallerAccess callerAccess(AccessPolicy policy, Environment environment) {
    return new CallerAccess(policy, AuthenticationCondition.isRequired(environment));
  }
}
