package dev.rollbook.api.limit;

import dev.rollbook.worker.ShutdownPhase;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Connections that lines arrive on: their senders may be silent for long, but do not hold up a
/// stop.
///
/// Tomcat has one time to wait for all bodies, and waits it out when it stops.
@Component
public class UploadConnections
    implements WebServerFactoryCustomizer<TomcatServletWebServerFactory>, SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(UploadConnections.class);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final UnansweredUploads unanswered = new UnansweredUploads();
  private final long readTimeout;
  private final Set<TomcatProtocol.Connection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean running;
  private volatile boolean stopping;

  UploadConnections(HttpProperties http) {
    this.readTimeout = http.uploadTimeout().toMillis();
  }

  /// Handles a request whose body is an upload.
  void during(HttpServletRequest request, Handling handling) throws ServletException, IOException {
    var found = RequestConnections.of(request);
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

  /// Whether bodies end early because the service stops.
  public boolean areStopping() {
    return stopping;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.addEngineValves(unanswered);
  }

  @Override
  public void start() {
    stopping = false;
    running = true;
  }

  /// Comes after appends have ended and before Tomcat waits for its requests.
  @Override
  public void stop() {
    running = false;
    stopping = true;
    open.forEach(TomcatProtocol.Connection::endInput);
    try {
      if (!unanswered.awaitAnswers(PATIENCE)) {
        log.warn("uploads are not answered after {}: their connections are closed", PATIENCE);
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return ShutdownPhase.UPLOADS.phase();
  }

  /// What is done with a request.
  interface Handling {
    void run() throws ServletException, IOException;
  }
}
