package dev.rollbook.api.events;

import dev.rollbook.access.Access;
import dev.rollbook.event.EncodedEvent;
import dev.rollbook.event.EventBus;
import dev.rollbook.event.SseEncoder;
import dev.rollbook.event.SseRateLimiter;
import dev.rollbook.event.Subscription;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.thread.EventReplay;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.transaction.TransactionException;

/// Stream of server-sent events for one client. The Java thread of the request writes it until the
/// client disconnects or lags too far behind, its credential expires, or the service stops.
final class EventStream {
  private static final Logger log = LoggerFactory.getLogger(EventStream.class);
  private static final long BYTES_PER_WRITE = 64 * 1024;

  /// Fixed cost of reading a page of the history: queries and a search in the file.
  private static final int UNITS_PER_PAGE = 10;

  private static final int LINES_PER_UNIT = 10;

  private final @Nullable ThreadId thread;
  private final EventBus events;
  private final SseRateLimiter budget;
  private final StreamExpiry.Credential credential;
  private final HttpServletResponse response;
  private final boolean headOnly;
  private @Nullable Long lastOrdinal;

  /// Held while events are written, because those of other replicas come by other Java threads.
  private final ReentrantLock writing = new ReentrantLock();

  private boolean interrupted;

  /// @param thread null for the stream of all threads
  /// @param headOnly for a HEAD request
  EventStream(
      @Nullable ThreadId thread,
      EventBus events,
      SseRateLimiter budget,
      StreamExpiry.Credential credential,
      HttpServletResponse response,
      boolean headOnly) {
    this.thread = thread;
    this.events = events;
    this.budget = budget;
    this.credential = credential;
    this.response = response;
    this.headOnly = headOnly;
  }

  /// The last ordinal that was sent and is settled, so that the client continues after it.
  @Nullable Long lastOrdinal() {
    return lastOrdinal;
  }

  /// Whether the stream ended although there may be more events: the thread was deleted or
  /// reverted, it has left this replica, or its history cannot be read now.
  boolean isInterrupted() {
    return interrupted;
  }

  /// Failures are thrown before the response begins.
  ///
  /// @param begin throws if there is no such thread
  void ofThread(Supplier<EventReplay> begin) throws IOException, InterruptedException {
    budget.take(UNITS_PER_PAGE);
    try (var replay = begin.get()) {
      lastOrdinal = replay.position();
      var opening = SseEncoder.opening(replay.isBehind() ? null : replay.position());
      var first = replay.next();
      open(opening);
      if (!headOnly && replayed(replay, first)) {
        follow(replay.subscription());
      }
    }
  }

  /// @param peers streams of the other replicas; null if there are none
  void ofAll(Access access, PeerFeeds.@Nullable Feeds peers)
      throws IOException, InterruptedException {
    try (var subscription = events.subscribeToAll(access)) {
      open(SseEncoder.opening(null));
      if (!headOnly) {
        if (peers != null) {
          peers.start(this::sent, subscription::end);
        }
        follow(subscription);
      }
    }
  }

  /// @return false if the rest of the history cannot be read now; the client reconnects for it
  private boolean replayed(EventReplay replay, Optional<List<EncodedEvent>> first)
      throws IOException, InterruptedException {
    var page = first;
    try {
      while (page.isPresent() && !events.isClosed()) {
        if (credential.hasExpired()) {
          sent(SseEncoder.credentialExpired(thread, lastOrdinal));
          return false;
        }
        int lines = page.get().size();
        write(page.get());
        budget.take(UNITS_PER_PAGE + lines / LINES_PER_UNIT);
        page = replay.next();
      }
      return page.isEmpty();
    } catch (RollbookException | DataAccessException | TransactionException e) {
      log.debug("the history of thread {} cannot be read, ending the event stream", thread, e);
      interrupted = true;
      return false;
    }
  }

  private void follow(Subscription subscription) throws IOException, InterruptedException {
    try (var _ = credential.watch(subscription)) {
      boolean goesOn = true;
      while (goesOn) {
        var signal = subscription.await();
        if (credential.hasExpired()) {
          sent(SseEncoder.credentialExpired(thread, lastOrdinal));
          return;
        }
        goesOn =
            switch (signal) {
              case READY -> delivered(subscription);
              case QUIET -> sent(SseEncoder.heartbeat());
              case ENDED -> {
                interrupted = true;
                yield false;
              }
            };
      }
    } finally {
      if (subscription.isLagging()) {
        events.countLagged();
      }
    }
  }

  /// Events that arrive while this waits for the budget are sent in one write. The rest of the cost
  /// is paid after the write, so that no events are held in memory while waiting.
  private boolean delivered(Subscription subscription) throws IOException, InterruptedException {
    budget.take(1);
    var batch = subscription.next(BYTES_PER_WRITE);
    if (batch.isEmpty()) {
      sent(SseEncoder.lagged(thread, lastOrdinal));
      return false;
    }
    long bytes = batch.stream().mapToLong(EncodedEvent::size).sum();
    write(batch);
    budget.take(SseRateLimiter.tokensFor(bytes));
    return true;
  }

  private void write(List<EncodedEvent> batch) throws IOException {
    writing.lock();
    try {
      var out = response.getOutputStream();
      for (var event : batch) {
        out.write(event.bytes());
        lastOrdinal = event.lastOrdinal() == null ? lastOrdinal : event.lastOrdinal();
      }
      out.flush();
    } finally {
      writing.unlock();
    }
  }

  private boolean sent(byte[] text) throws IOException {
    writing.lock();
    try {
      var out = response.getOutputStream();
      out.write(text);
      out.flush();
      return true;
    } finally {
      writing.unlock();
    }
  }

  private void open(byte[] opening) throws IOException {
    response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.setHeader("X-Accel-Buffering", "no");
    sent(opening);
  }
}
