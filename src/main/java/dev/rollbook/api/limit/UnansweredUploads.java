package dev.rollbook.api.limit;

import dev.rollbook.api.http.MediaTypes;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/// Knows which uploads have no answer yet, so that a stop can wait for it: Tomcat answers a body
/// that broke off only when its request has left the filters, and waits for nothing that has.
final class UnansweredUploads extends ValveBase {
  /// One party for this itself and one for each upload.
  private final Phaser running = new Phaser(1);

  UnansweredUploads() {
    super(true);
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    if (!MediaTypes.isUpload(request)) {
      getNext().invoke(request, response);
      return;
    }
    running.register();
    try {
      getNext().invoke(request, response);
      response.flushBuffer();
    } finally {
      running.arriveAndDeregister();
    }
  }

  /// Waits for the answers.
  ///
  /// @return false if some are not sent after the given time
  boolean awaitAnswers(Duration atMost) throws InterruptedException {
    try {
      running.awaitAdvanceInterruptibly(running.arrive(), atMost.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    }
  }
}
