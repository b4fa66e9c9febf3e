package dev.rollbook.api.limit;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Breaks off answers that a client reads too slowly.
///
/// Tomcat waits for a client that reads a few bytes now and then for as long as it does.
@Component
class AnswerDeadlines {
  private static final Logger log = LoggerFactory.getLogger(AnswerDeadlines.class);

  private final long timeout;
  private final Set<Answer> answers = ConcurrentHashMap.newKeySet();

  AnswerDeadlines(HttpProperties http) {
    this.timeout = http.requestTimeout().toNanos();
  }

  /// Watches the answer of a request until it is closed, which has to be before Tomcat recycles the
  /// request.
  Answer watch(HttpServletRequest request, HttpServletResponse response) {
    var answer = new Answer(request, response);
    answers.add(answer);
    return answer;
  }

  @Scheduled(fixedDelay = 1000)
  void endLate() {
    answers.forEach(Answer::endIfLate);
  }

  /// The answer of a request that is being handled.
  final class Answer {
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private boolean closed;
    private boolean begun;
    private long begunAt;

    private Answer(HttpServletRequest request, HttpServletResponse response) {
      this.request = request;
      this.response = response;
    }

    private synchronized void endIfLate() {
      if (closed || !response.isCommitted()) {
        return;
      }
      if (!begun) {
        begun = true;
        begunAt = System.nanoTime();
      } else if (System.nanoTime() - begunAt > timeout) {
        log.debug("an answer that is read too slowly is broken off: {}", request.getServletPath());
        RequestConnections.of(request).ifPresent(TomcatProtocol.Connection::endOutput);
      }
    }

    void close() {
      answers.remove(this);
      synchronized (this) {
        closed = true;
      }
    }
  }
}
