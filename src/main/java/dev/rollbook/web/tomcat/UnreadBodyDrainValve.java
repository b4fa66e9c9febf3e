package dev.rollbook.web.tomcat;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads and discards request bodies that were not read to their end, such as those of refused
/// requests.
///
/// If a connection is closed while its client still sends, the connection is reset, and the client
/// may not see the response. So the rest of the body is read, as long as it arrives fast, and for a
/// limited number of connections at a time. Tomcat alone would not read the rest at all, or would
/// wait for each further byte with all buffers of the request in use.
///
/// It also makes the connection of each request available to the filters ([TomcatProtocol]),
/// because it runs before all of them.
final class UnreadBodyDrainValve extends ValveBase {
  private static final Logger log = LoggerFactory.getLogger(UnreadBodyDrainValve.class);
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(5);
  private static final long MIN_BYTES_PER_SECOND = 256 * 1024;
  private static final long MAX_BYTES = 128 * 1024 * 1024;
  private static final int BUFFER = 4096;

  private final Semaphore permits;

  /// @param permits number of connections that may be drained at a time
  UnreadBodyDrainValve(int permits) {
    super(true);
    this.permits = new Semaphore(permits);
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    TomcatProtocol.publishConnection(request);
    getNext().invoke(request, response);
    if (!request.isFinished() && !request.isAsync()) {
      if (!drainsBuffered(request) && !drainsWithinTimeout(request, response)) {
        request.getCoyoteRequest().action(ActionCode.DISABLE_SWALLOW_INPUT, null);
      }
    }
  }

  /// Reads what arrived together with the head.
  private static boolean drainsBuffered(Request request) {
    try {
      var in = request.getInputStream();
      var buffer = new byte[BUFFER];
      while (!request.isFinished() && in.available() > 0) {
        if (in.read(buffer) < 0) {
          return true;
        }
      }
      return request.isFinished();
    } catch (IOException e) {
      log.debug("the connection broke while its body was drained", e);
      return false;
    }
  }

  private boolean drainsWithinTimeout(Request request, Response response) throws IOException {
    var connection = TomcatProtocol.connectionOf(request);
    if (connection.isEmpty() || !permits.tryAcquire()) {
      return false;
    }
    long before = connection.get().readTimeout();
    try {
      // Send the whole response first, because the client may be reset afterwards.
      // finishResponse() would close the body, too.
      response.flushBuffer();
      response.getCoyoteResponse().action(ActionCode.CLOSE, null);
      connection.get().readTimeout(DRAIN_TIMEOUT.toMillis());
      return drains(request);
    } catch (IOException e) {
      log.debug("the connection broke while its body was drained", e);
      return false;
    } finally {
      connection.get().readTimeout(before);
      permits.release();
    }
  }

  private static boolean drains(Request request) throws IOException {
    var in = request.getInputStream();
    var buffer = new byte[BUFFER];
    long start = System.nanoTime();
    long bytes = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      bytes += read;
      var allowed = DRAIN_TIMEOUT.plusSeconds(bytes / MIN_BYTES_PER_SECOND);
      if (bytes > MAX_BYTES || System.nanoTime() - start > allowed.toNanos()) {
        return false;
      }
    }
    return true;
  }
}
