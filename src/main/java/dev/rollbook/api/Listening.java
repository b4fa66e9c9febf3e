package dev.rollbook.api;

import dev.rollbook.rollout.datadir.DataDirLock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/// Writes down where this service listens, for a second one that finds the data-dir locked.
@Component
class Listening {
  private final DataDirLock dataDir;
  private final String address;

  Listening(DataDirLock dataDir, @Value("${server.address:*}") String address) {
    this.dataDir = dataDir;
    this.address = address;
  }

  @EventListener
  void started(WebServerInitializedEvent started) {
    if (started.getApplicationContext().getServerNamespace() == null) {
      dataDir.listensOn(address + ":" + started.getWebServer().getPort());
    }
  }
}
