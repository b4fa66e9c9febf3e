package dev.rollbook.api.console;

import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.stereotype.Component;

/// Adds the address of the Grafana dashboard to `/actuator/info`, for the page *Health*. Callers
/// need the same scope as for the details of the health.
@Component
record ConsoleInfo(ConsoleProperties properties) implements InfoContributor {
  @Override
  public void contribute(Info.Builder builder) {
    var url = properties.grafanaUrl();
    if (url != null) {
      builder.withDetail("console", Map.of("grafanaUrl", url.toString()));
    }
  }
}
