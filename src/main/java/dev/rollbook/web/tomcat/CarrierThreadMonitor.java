package dev.rollbook.web.tomcat;

import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Detects that virtual threads make no progress, and then runs requests on platform threads.
///
/// A file system call that hangs, for example on a dead mount, pins its carrier thread. When all
/// carriers are pinned, only requests on platform threads are answered: the liveness and readiness
/// probes. [ConcurrencyLimitFilter] refuses all other requests, so that they do not hang as well.
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
public class CarrierThreadMonitor
    implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private static final Duration STUCK_TIMEOUT = Duration.ofSeconds(3);
  private static final int MAX_THREADS = 16;

  private final ThreadPoolExecutor platform =
      new ThreadPoolExecutor(
          0,
          MAX_THREADS,
          1,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("health-", 0).factory(),
          new ThreadPoolExecutor.DiscardPolicy());
  private volatile long probedAt = System.nanoTime();
  private volatile long respondedAt = probedAt;

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addConnectorCustomizers(this::customize);
  }

  private void customize(Connector connector) {
    if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
      var usual = protocol.getExecutor();
      protocol.setExecutor(usual == null ? platform : choosing(usual));
    }
  }

  private Executor choosing(Executor usual) {
    return request -> (isStuck() ? platform : usual).execute(request);
  }

  /// Starts the next probe only after the last one has run, so that at most one is waiting.
  @Scheduled(fixedDelay = 250)
  void probe() {
    if (respondedAt - probedAt >= 0) {
      probedAt = System.nanoTime();
      Thread.ofVirtual().name("carrier-watch").start(() -> respondedAt = System.nanoTime());
    }
  }

  public boolean isStuck() {
    return respondedAt - probedAt < 0 && System.nanoTime() - probedAt > STUCK_TIMEOUT.toNanos();
  }

  @PreDestroy
  void stop() {
    platform.shutdown();
  }
}
