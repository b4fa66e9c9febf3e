package dev.rollbook.api;

import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.datadir.ProcessLock;
import dev.rollbook.web.security.AuthenticationCondition;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/// Publishes the address of the service after the start: in the log, with example calls, and with
/// the locks of the rollouts. A second process that finds them locked shows this address in its
/// error message.
@Component
record ServiceAddressPublisher(DataDir dataDir, List<ProcessLock> locks) {
  private static final Logger log = LoggerFactory.getLogger("dev.rollbook.Rollbook");

  @EventListener
  void writeToLocks(WebServerInitializedEvent started) {
    var context = started.getApplicationContext();
    if (context.getServerNamespace() == null) {
      var address = context.getEnvironment().getProperty("server.address", "*");
      locks.forEach(lock -> lock.listensOn(address + ":" + started.getWebServer().getPort()));
    }
  }

  @EventListener
  void logFirstSteps(ApplicationReadyEvent ready) {
    var settings = ready.getApplicationContext().getEnvironment();
    var url =
        "%s://%s:%s"
            .formatted(
                hasTls(settings) ? "https" : "http",
                settings.getProperty("server.address", "localhost"),
                settings.getProperty("local.server.port"));
    log.info("listens on {}, keeps its data in {}", url, dataDir.dataDir());
    var token =
        AuthenticationCondition.isRequired(settings) ? " -H 'Authorization: Bearer TOKEN'" : "";
    log.info(
        "try: curl{} -H 'Content-Type: application/json' -d {} {}/v1/threads", token, "'{}'", url);
    log.info("in a browser: {}/ (all calls, to try them: {}/swagger-ui.html)", url, url);
  }

  private static boolean hasTls(Environment settings) {
    return Ssl.isEnabled(Binder.get(settings).bind("server.ssl", Ssl.class).orElse(null));
  }
}
