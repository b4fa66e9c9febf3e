package dev.rollbook.web.actuator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.endpoint.ApiVersion;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointWebExtension;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointProperties;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.stereotype.Component;

/// Health endpoint over HTTP that answers 404 for every path with an unknown component. Spring
/// Boot's own endpoint throws an exception if the path continues below an unknown component, such
/// as `/actuator/health/nothing/more`.
@Component
class HealthWebExtension extends HealthEndpointWebExtension {
  private static final Logger log = LoggerFactory.getLogger(HealthWebExtension.class);

  HealthWebExtension(
      HealthContributorRegistry contributors,
      HealthEndpointGroups groups,
      HealthEndpointProperties properties) {
    super(contributors, null, groups, properties.getLogging().getSlowIndicatorThreshold());
  }

  @Override
  public WebEndpointResponse<HealthDescriptor> health(
      ApiVersion version,
      @Nullable WebServerNamespace namespace,
      SecurityContext security,
      boolean showAll,
      String... path) {
    try {
      return super.health(version, namespace, security, showAll, path);
    } catch (IllegalStateException e) {
      log.debug("unknown health component {}", String.join("/", path), e);
      return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
    }
  }
}
