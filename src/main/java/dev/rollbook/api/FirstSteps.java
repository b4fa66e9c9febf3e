package dev.rollbook.api;

import dev.rollbook.rollout.datadir.DataDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/// Tells whoever has started the service where it is, where the data is, and what to try first.
@Component
class FirstSteps {
  private static final Logger log = LoggerFactory.getLogger("dev.rollbook.Rollbook");

  private final DataDir dataDir;

  FirstSteps(DataDir dataDir) {
    this.dataDir = dataDir;
  }

  @EventListener
  void tell(ApplicationReadyEvent ready) {
    var settings = ready.getApplicationContext().getEnvironment();
    var url =
        "http://%s:%s"
            .formatted(
                settings.getProperty("server.address", "localhost"),
                settings.getProperty("local.server.port"));
    log.info("listens on {}, keeps its data in {}", url, dataDir.dataDir());
    log.info("try: curl -H 'Content-Type: application/json' -d {} {}/v1/threads", "'{}'", url);
    log.info("all calls, to be tried in a browser: {}/swagger-ui.html", url);
  }
}
