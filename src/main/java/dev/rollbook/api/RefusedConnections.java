package dev.rollbook.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;

/// Connections that there is no room for: each is told so, and kept until its client had time to
/// read it.
///
/// One that is closed at once is reset by the first bytes of its request, and who goes on to send
/// the rest does not come to read the answer.
final class RefusedConnections {
  private static final Logger log = LoggerFactory.getLogger(RefusedConnections.class);

  private final Deque<Refused> kept = new ArrayDeque<>();
  private final int most;
  private final Duration stay;
  private final byte[] answer;
  private final Runnable told;

  /// @param most that are kept at a time; with one more the oldest goes
  /// @param stay how long each is kept
  /// @param problem the body of the answer, as JSON
  /// @param told run for each connection
  RefusedConnections(int most, Duration stay, String problem, Runnable told) {
    this.most = most;
    this.stay = stay;
    this.told = told;
    var head =
        String.join(
            "\r\n",
            "HTTP/1.1 429 Too Many Requests",
            "Retry-After: " + Refusals.RETRY_AFTER,
            "Content-Type: " + MediaType.APPLICATION_PROBLEM_JSON_VALUE,
            "Content-Length: " + problem.getBytes(StandardCharsets.UTF_8).length,
            "Connection: close",
            SecurityHeaders.lines(),
            "",
            "");
    this.answer = (head + problem).getBytes(StandardCharsets.UTF_8);
  }

  synchronized void refuse(SocketChannel accepted) {
    told.run();
    if (kept.size() >= most) {
      close(kept.removeFirst());
    }
    kept.addLast(new Refused(accepted, System.nanoTime()));
    try {
      accepted.configureBlocking(false);
      accepted.write(ByteBuffer.wrap(answer));
      accepted.shutdownOutput();
    } catch (IOException gone) {
      log.debug("a refused connection was closed already", gone);
    }
  }

  /// Closes those that had their time.
  synchronized void closeOld() {
    long before = System.nanoTime() - stay.toNanos();
    while (!kept.isEmpty() && kept.getFirst().at() - before < 0) {
      close(kept.removeFirst());
    }
  }

  synchronized void closeAll() {
    kept.forEach(RefusedConnections::close);
    kept.clear();
  }

  private static void close(Refused refused) {
    try {
      refused.channel().close();
    } catch (IOException gone) {
      log.debug("a refused connection was closed already", gone);
    }
  }

  private record Refused(SocketChannel channel, long at) {}
}
