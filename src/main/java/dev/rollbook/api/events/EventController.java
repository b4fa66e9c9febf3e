package dev.rollbook.api.events;

import dev.rollbook.access.Access;
import dev.rollbook.api.QueryParameters;
import dev.rollbook.event.EventBus;
import dev.rollbook.event.SseRateLimiter;
import dev.rollbook.model.ThreadId;
import dev.rollbook.thread.EventReplay;
import dev.rollbook.web.limits.RequestMemory;
import dev.rollbook.web.security.peer.PeerCall;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Event streams (SSE) of one thread and of all threads.
@RestController
record EventController(
    EventReplay.Factory replays,
    EventBus events,
    SseRateLimiter budget,
    StreamExpiry expiry,
    ObjectProvider<EventRelay> relays,
    ObjectProvider<PeerFeeds> feeds,
    RequestMemory memory) {
  private static final String LAST_EVENT_ID = "Last-Event-ID";
  private static final String AFTER = "after";

  /// `Last-Event-ID` has precedence, because a client that reconnects repeats the URL.
  ///
  /// @param ticket checked before, if clients have to authenticate
  @GetMapping(path = "/v1/threads/{threadId}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  void ofThread(
      Access access,
      @PathVariable ThreadId threadId,
      @RequestParam(name = AFTER, required = false) @Nullable Long after,
      @RequestHeader(name = LAST_EVENT_ID, required = false) @Nullable Long lastEventId,
      @RequestParam(required = false) @Nullable String ticket,
      HttpMethod method,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    var asked = QueryParameters.position(AFTER, after);
    var last = QueryParameters.position(LAST_EVENT_ID, lastEventId);
    var position = last == null ? asked : last;
    var room = memory.of(request);
    EventRelay.Local local =
        from -> {
          var stream = stream(threadId, method, request, response);
          stream.ofThread(() -> replays.begin(access, threadId, from, room));
          return stream;
        };
    // The stream of a peer is continued by the peer.
    var relay = PeerCall.of(request).isPresent() ? null : relays.getIfAvailable();
    untilInterrupted(() -> {
      if (relay == null) {
        local.run(position);
      } else {
        relay.follow(threadId, position, local, expiry.of(request), room, request, response);
      }
    });
  }

  @GetMapping(path = "/v1/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  void ofAll(
      Access access, HttpMethod method, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    var stream = stream(null, method, request, response);
    var peers = PeerCall.of(request).isPresent() ? null : feeds.getIfAvailable();
    untilInterrupted(() -> {
      if (peers == null || method.equals(HttpMethod.HEAD)) {
        stream.ofAll(access, null);
      } else {
        try (var open = peers.open(request, memory.of(request))) {
          stream.ofAll(access, open);
        }
      }
    });
  }

  private EventStream stream(
      @Nullable ThreadId thread,
      HttpMethod method,
      HttpServletRequest request,
      HttpServletResponse response) {
    boolean headOnly = method.equals(HttpMethod.HEAD);
    return new EventStream(thread, events, budget, expiry.of(request), response, headOnly);
  }

  private interface Streaming {
    void run() throws IOException, InterruptedException;
  }

  private static void untilInterrupted(Streaming streaming) throws IOException {
    try {
      streaming.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
