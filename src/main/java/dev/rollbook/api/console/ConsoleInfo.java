package dev.rollbook.api.console;

import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.stereotype.Component;

/// Tells the page *Health* the address of the dashboard, as a part of `/actuator/info`: only
/// callers who may see the health in detail get it.
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
