package dev.rollbook.api;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import jakarta.annotation.PreDestroy;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.apache.catalina.connector.Connector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/// How many connections there may be, and what each of them takes.
///
/// Comes after what Spring Boot sets, whose default for their number fits a large heap only.
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
class Connections implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private static final Logger log = LoggerFactory.getLogger(Connections.class);
  private static final String MOST = "server.tomcat.max-connections";
  private static final int HEAP_A_CONNECTION = 64 * 1024;
  private static final int LEAST = 256;
  private static final String BUFFER = "4096";
  private static final int BY_DEFAULT = 8192;

  /// Refused ones that are kept for a moment: as many as come in it, where there are files.
  private static final int LEAST_REFUSED = 256;

  private static final int MOST_REFUSED = 4096;
  private static final Duration STAY_OF_REFUSED = Duration.ofSeconds(5);

  /// Files that are open beside rollouts: of the JVM, the state-db and the search.
  private static final int OTHER_FILES = 256;

  private final RefusedConnections refused;
  private final int most;
  private final int files;
  private final Duration headPatience;
  private @Nullable CrowdedEndpoint endpoint;

  Connections(
      Refusals refusals,
      JsonMapper json,
      Environment environment,
      @Value("${rollbook.live.max-open-files:1024}") int openFiles,
      @Value("${server.tomcat.connection-timeout:60s}") Duration headPatience) {
    this.most = environment.getProperty(MOST, Integer.class, fitting());
    this.files = most + openFiles + LEAST_REFUSED + OTHER_FILES;
    this.refused =
        new RefusedConnections(
            Math.clamp(fileLimit() - files, LEAST_REFUSED, MOST_REFUSED),
            STAY_OF_REFUSED,
            json.writeValueAsString(ErrorTable.tooMany("there are more connections than " + MOST)),
            () -> refusals.count(Limit.CONNECTIONS));
    this.headPatience = headPatience;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addConnectorCustomizers(this::customize);
    warnOfFewFiles();
  }

  private void customize(Connector connector) {
    // Of the heap, for each, also for those that say nothing: half of what Tomcat gives them.
    connector.setProperty("socket.appReadBufSize", BUFFER);
    if (connector.getProtocolHandler() instanceof TomcatProtocol protocol) {
      endpoint = protocol.endpoint();
      endpoint.bound(most, refused);
    }
  }

  @Scheduled(fixedDelay = 1000)
  void endSlow() {
    refused.closeOld();
    if (endpoint != null) {
      endpoint.endSlowHeads(headPatience);
    }
  }

  @PreDestroy
  void endRefused() {
    refused.closeAll();
  }

  private void warnOfFewFiles() {
    if (fileLimit() < files) {
      log.warn(
          "this process may have {} files open, but needs up to {} for {} connections and its"
              + " rollouts: raise the limit (ulimit -n), or lower {}",
          fileLimit(),
          files,
          most,
          MOST);
    }
  }

  private static long fileLimit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  private static int fitting() {
    return Math.clamp(Runtime.getRuntime().maxMemory() / HEAP_A_CONNECTION, LEAST, BY_DEFAULT);
  }
}
