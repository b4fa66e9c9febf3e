package dev.rollbook.api.limit;

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

/// Notices that no virtual thread runs any more, and gives requests platform threads then.
///
/// A call of the disk that hangs, on a mount that is dead, holds its carrier. When all carriers are
/// held, requests on platform threads still tell that the process lives; [ConcurrencyLimitFilter]
/// lets them do nothing else, so that none of them hangs too.
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
class CarrierWatch implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(3);
  private static final int MOST_THREADS = 16;

  private final ThreadPoolExecutor platform =
      new ThreadPoolExecutor(
          0,
          MOST_THREADS,
          1,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("health-", 0).factory(),
          new ThreadPoolExecutor.DiscardPolicy());
  private volatile long askedAt = System.nanoTime();
  private volatile long answeredAt = askedAt;

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

  /// Asks for a sign of life only after the last one has come: there is one thread that waits.
  @Scheduled(fixedDelay = 250)
  void ask() {
    if (answeredAt - askedAt >= 0) {
      askedAt = System.nanoTime();
      Thread.ofVirtual().name("carrier-watch").start(() -> answeredAt = System.nanoTime());
    }
  }

  boolean isStuck() {
    return answeredAt - askedAt < 0 && System.nanoTime() - askedAt > LONGEST_SILENCE.toNanos();
  }

  @PreDestroy
  void stop() {
    platform.shutdown();
  }
}
