package dev.rollbook.web.tomcat;

import dev.rollbook.web.limits.HttpProperties;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Deadlines for responses: closes the connection of a client that reads a response too slowly.
///
/// Tomcat's write timeout restarts with every byte. So a client that reads a few bytes now and then
/// could keep its connection for ever.
@Component
public class ResponseDeadlines {
  private static final Logger log = LoggerFactory.getLogger(ResponseDeadlines.class);

  private final long timeout;
  private final Set<WatchedResponse> responses = ConcurrentHashMap.newKeySet();

  ResponseDeadlines(HttpProperties http) {
    this.timeout = http.requestTimeout().toNanos();
  }

  /// Watches the response until the result is closed. Caller must close it before Tomcat recycles
  /// the request.
  public WatchedResponse watch(HttpServletRequest request, HttpServletResponse response) {
    var watched = new WatchedResponse(request, response);
    responses.add(watched);
    return watched;
  }

  @Scheduled(fixedDelay = 1000)
  void closeLate() {
    responses.forEach(WatchedResponse::closeIfLate);
  }

  /// The response of a request that is being handled.
  public final class WatchedResponse {
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private boolean closed;
    private boolean begun;
    private long begunAt;

    private WatchedResponse(HttpServletRequest request, HttpServletResponse response) {
      this.request = request;
      this.response = response;
    }

    private synchronized void closeIfLate() {
      if (closed || !response.isCommitted()) {
        return;
      }
      if (!begun) {
        begun = true;
        begunAt = System.nanoTime();
      } else if (System.nanoTime() - begunAt > timeout) {
        log.debug(
            "the client reads its response too slowly, closing the connection: {}",
            request.getServletPath());
        TomcatProtocol.connectionOf(request).ifPresent(TomcatProtocol.Connection::endOutput);
      }
    }

    public void close() {
      responses.remove(this);
      synchronized (this) {
        closed = true;
      }
    }
  }
}
