package dev.rollbook.api.turns;

import dev.rollbook.access.Access;
import dev.rollbook.api.ListPage;
import dev.rollbook.api.QueryParameters;
import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.model.TurnStatus;
import dev.rollbook.turn.TurnService;
import dev.rollbook.turn.TurnView;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Controller for the turns of a thread: start, end, list, read.
@RestController
@RequestMapping(path = "/v1/threads/{threadId}/turns", produces = MediaType.APPLICATION_JSON_VALUE)
record TurnController(TurnService turns, RequestBodies bodies) {
  private static final int DEFAULT_LIMIT = 25;
  private static final int MAX_LIMIT = 100;

  @PostMapping
  ResponseEntity<TurnView> start(
      Access access, @PathVariable ThreadId threadId, HttpServletRequest request)
      throws IOException {
    var started =
        turns.start(
            access,
            threadId,
            bodies.readOptional(request, TurnRequests.StartTurnRequest.class).turn());
    var turn = started.turn();
    return ResponseEntity.status(started.created() ? HttpStatus.CREATED : HttpStatus.OK)
        .location(URI.create("/v1/threads/%s/turns/%s".formatted(threadId, turn.id())))
        .body(turn);
  }

  @GetMapping
  ListPage<TurnView> list(
      Access access,
      @PathVariable ThreadId threadId,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable Long cursor) {
    int size = QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT);
    return ListPage.of(
        turns.list(access, threadId, cursor == null ? -1 : cursor, size + 1),
        size,
        turn -> Long.toString(turn.firstOrdinal()));
  }

  @GetMapping("/{turnId}")
  TurnView get(Access access, @PathVariable ThreadId threadId, @PathVariable TurnId turnId) {
    return turns.get(access, threadId, turnId);
  }

  @PostMapping("/{turnId}/complete")
  TurnView complete(
      Access access,
      @PathVariable ThreadId threadId,
      @PathVariable TurnId turnId,
      HttpServletRequest request)
      throws IOException {
    return end(access, threadId, turnId, TurnStatus.COMPLETED, request);
  }

  @PostMapping("/{turnId}/interrupt")
  TurnView interrupt(
      Access access,
      @PathVariable ThreadId threadId,
      @PathVariable TurnId turnId,
      HttpServletRequest request)
      throws IOException {
    return end(access, threadId, turnId, TurnStatus.INTERRUPTED, request);
  }

  @PostMapping("/{turnId}/fail")
  TurnView fail(
      Access access,
      @PathVariable ThreadId threadId,
      @PathVariable TurnId turnId,
      HttpServletRequest request)
      throws IOException {
    return end(access, threadId, turnId, TurnStatus.FAILED, request);
  }

  private TurnView end(
      Access access, ThreadId thread, TurnId turn, TurnStatus status, HttpServletRequest request)
      throws IOException {
    var end = bodies.readOptional(request, TurnRequests.EndTurnRequest.class).end(status);
    return turns.end(access, thread, turn, end);
  }
}
