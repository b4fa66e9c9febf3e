package dev.rollbook.web.tomcat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.rollbook.web.limits.HttpCapacity;
import java.lang.management.ManagementFactory;
import org.apache.catalina.connector.Connector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/// Limits the number of Tomcat's connections and the buffers of each, so that they fit the heap.
///
/// Runs after Spring Boot's own customizer, whose default of 8192 connections fits a large heap
/// only. The setting `server.tomcat.max-connections` has precedence.
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
class TomcatConnectionsCustomizer
    implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private static final Logger log = LoggerFactory.getLogger(TomcatConnectionsCustomizer.class);
  private static final String READ_BUFFER = "4096";

  /// Files of the JVM, the state-db and the search index.
  private static final int OTHER_FILES = 512;

  private final HttpCapacity capacity;
  private final int files;
  private @Nullable TomcatProtocol protocol;

  TomcatConnectionsCustomizer(
      HttpCapacity capacity, @Value("${rollbook.live.max-open-files:1024}") int openRollouts) {
    this.capacity = capacity;
    this.files = capacity.connections() + openRollouts + OTHER_FILES;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.setProtocol(TomcatProtocol.class.getName());
    factory.addEngineValves(new UnreadBodyDrainValve(capacity.unreadBodies()));
    factory.addConnectorCustomizers(this::customize);
    warnOfFewFiles();
  }

  private void customize(Connector connector) {
    protocol = (TomcatProtocol) connector.getProtocolHandler();
    protocol.setMaxConnections(capacity.connections());
    // Allocated for every connection, idle ones too: half of Tomcat's default.
    connector.setProperty("socket.appReadBufSize", READ_BUFFER);
  }

  /// Tomcat's protocol handler; null until the server is created.
  @Nullable TomcatProtocol protocol() {
    return protocol;
  }

  private void warnOfFewFiles() {
    if (fileLimit() < files) {
      log.warn(
          "the limit of open files is {}, but up to {} are needed for {} connections and the"
              + " rollouts: raise the limit (ulimit -n) or lower {}",
          fileLimit(),
          files,
          capacity.connections(),
          HttpCapacity.MAX_CONNECTIONS);
    }
  }

  private static long fileLimit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }
}
