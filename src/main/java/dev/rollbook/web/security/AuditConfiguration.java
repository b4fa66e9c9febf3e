package dev.rollbook.web.security;

import dev.rollbook.audit.AuditLog;
import dev.rollbook.audit.AuditProperties;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/// Decides whether there is an audit: by default, if clients have to authenticate, because an audit
/// cannot name callers that it does not know.
@Configuration(proxyBeanMethods = false)
class AuditConfiguration {
  @Bean
  AuditLog auditLog(
      AuditProperties audit,
      Environment environment,
      Disk disk,
      DataDir dataDir,
      Clock clock,
      MeterRegistry registry) {
    boolean enabled =
        audit.enabled() == null ? AuthenticationCondition.isRequired(environment) : audit.enabled();
    return new AuditLog(enabled, audit, disk, dataDir, clock, registry);
  }
}
