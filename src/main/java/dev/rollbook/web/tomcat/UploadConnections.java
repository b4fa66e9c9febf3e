package dev.rollbook.web.tomcat;

import dev.rollbook.web.http.MediaTypes;
import dev.rollbook.web.limits.HttpProperties;
import dev.rollbook.worker.InFlightCounter;
import dev.rollbook.worker.ShutdownPhase;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Connections of uploads in progress. Each has a longer read timeout than other connections. At a
/// shutdown, the input of each is ended.
///
/// Tomcat has one read timeout for all connections, and waits at a shutdown until this timeout
/// expires.
@Component
public class UploadConnections
    implements WebServerFactoryCustomizer<TomcatServletWebServerFactory>, SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(UploadConnections.class);

  private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(10);

  private final PendingUploadsValve unanswered = new PendingUploadsValve();
  private final long readTimeout;
  private final Set<TomcatProtocol.Connection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean stopping;

  UploadConnections(HttpProperties http) {
    this.readTimeout = http.uploadTimeout().toMillis();
  }

  /// Handles an upload.
  public void during(HttpServletRequest request, Handling handling)
      throws ServletException, IOException {
    var found = TomcatProtocol.connectionOf(request);
    if (found.isPresent()) {
      during(found.get(), handling);
    } else {
      handling.run();
    }
  }

  private void during(TomcatProtocol.Connection connection, Handling handling)
      throws ServletException, IOException {
    long before = connection.readTimeout();
    connection.readTimeout(readTimeout);
    open.add(connection);
    try {
      if (stopping) {
        connection.endInput();
      }
      handling.run();
    } finally {
      open.remove(connection);
      connection.readTimeout(before);
    }
  }

  /// Whether bodies are truncated because the service stops.
  public boolean isStopping() {
    return stopping;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addEngineValves(unanswered);
  }

  @Override
  public void start() {
    stopping = false;
  }

  /// Runs after appends have ended and before Tomcat waits for its requests.
  @Override
  public void stop() {
    stopping = true;
    open.forEach(TomcatProtocol.Connection::endInput);
    try {
      if (!unanswered.running.awaitNone(SHUTDOWN_TIMEOUT)) {
        log.warn(
            "some uploads got no response within {}, closing their connections", SHUTDOWN_TIMEOUT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return !stopping;
  }

  @Override
  public int getPhase() {
    return ShutdownPhase.UPLOADS.phase();
  }

  /// Handles a request.
  public interface Handling {
    void run() throws ServletException, IOException;
  }

  /// Counts the uploads that have no response yet, so that a stop can wait for them: Tomcat answers
  /// a truncated body only after its request has left the filters, and does not wait for that.
  private static final class PendingUploadsValve extends ValveBase {
    private final InFlightCounter running = new InFlightCounter();

    PendingUploadsValve() {
      super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      if (!MediaTypes.isUpload(request)) {
        getNext().invoke(request, response);
        return;
      }
      running.enter();
      try {
        getNext().invoke(request, response);
        response.flushBuffer();
      } finally {
        running.exit();
      }
    }
  }
}
