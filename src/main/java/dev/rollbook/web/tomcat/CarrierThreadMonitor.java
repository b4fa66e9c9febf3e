package dev.rollbook.web.tomcat;

import jakarta.annotation.PreDestroy;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Detects that virtual threads make no progress. It then adds carrier threads and, if that does
/// not help, runs requests on platform threads.
///
/// A file system call that hangs, for example on a dead mount, pins its carrier thread, and a query
/// in H2 occupies one while it computes. One carrier for each processor is enough otherwise. More
/// of them wake each other for every request: 32 carriers on two processors took 10 % more
/// processor time for each append or list.
///
/// When all carriers are pinned, only requests on platform threads are answered: the liveness and
/// readiness probes. [ConcurrencyLimitFilter] refuses all other requests, so that they do not hang
/// as well.
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
public class CarrierThreadMonitor
    implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {
  private static final Logger log = LoggerFactory.getLogger(CarrierThreadMonitor.class);
  private static final Duration STUCK_TIMEOUT = Duration.ofSeconds(3);
  private static final int MAX_THREADS = 16;
  private static final int MIN_MAX_CARRIERS = 32;

  /// A probe without an answer after this time counts as late.
  private static final Duration LATE = Duration.ofMillis(100);

  /// The added carriers are removed when no probe was late for this time. If calls still hang, the
  /// next probe is late, and the carriers come back.
  private static final Duration CALM = Duration.ofSeconds(30);

  private static final VirtualThreadSchedulerMXBean SCHEDULER =
      ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
  private static final int USUAL_CARRIERS = SCHEDULER.getParallelism();

  /// The most carriers that there are, however many are pinned.
  public static final int MAX_CARRIERS = Math.max(MIN_MAX_CARRIERS, 2 * USUAL_CARRIERS);

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
  private volatile long lateAt = probedAt;

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
  @Scheduled(fixedDelay = 50)
  void probe() {
    long now = System.nanoTime();
    if (respondedAt - probedAt < 0) {
      if (now - probedAt > LATE.toNanos()) {
        lateAt = now;
        setCarriers(MAX_CARRIERS);
      }
      return;
    }
    if (now - lateAt > CALM.toNanos()) {
      setCarriers(USUAL_CARRIERS);
    }
    probedAt = now;
    Thread.ofVirtual().name("carrier-watch").start(() -> respondedAt = System.nanoTime());
  }

  private static void setCarriers(int wanted) {
    if (SCHEDULER.getParallelism() != wanted) {
      log.debug("{} carriers of virtual threads instead of {}", wanted, SCHEDULER.getParallelism());
      SCHEDULER.setParallelism(wanted);
    }
  }

  public boolean isStuck() {
    return respondedAt - probedAt < 0 && System.nanoTime() - probedAt > STUCK_TIMEOUT.toNanos();
  }

  @PreDestroy
  void stop() {
    setCarriers(USUAL_CARRIERS);
    platform.shutdown();
  }
}
