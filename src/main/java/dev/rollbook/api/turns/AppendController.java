package dev.rollbook.api.turns;

import dev.rollbook.access.Access;
import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.turn.TurnService;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Appends of items in one JSON body, to a turn or outside of turns. Most requests are passed to
/// this class by [AppendDispatch], which bypasses Spring's mapping of controllers.
@RestController
@RequestMapping(path = "/v1/threads/{threadId}", produces = MediaType.APPLICATION_JSON_VALUE)
record AppendController(TurnService turns, RequestBodies bodies) {
  @PostMapping("/turns/{turnId}/items")
  AppendReceipt append(
      Access access,
      @PathVariable ThreadId threadId,
      @PathVariable TurnId turnId,
      HttpServletRequest request)
      throws IOException {
    var append = bodies.read(request, TurnRequests.AppendRequest.class);
    var outcome = turns.append(access, threadId, turnId, append.items(), append.expectedOrdinal());
    return AppendReceipt.of(threadId, turnId, outcome);
  }

  @PostMapping("/items")
  AppendReceipt appendOutsideTurns(
      Access access, @PathVariable ThreadId threadId, HttpServletRequest request)
      throws IOException {
    var append = bodies.read(request, TurnRequests.AppendRequest.class);
    var outcome =
        turns.appendOutsideTurns(access, threadId, append.items(), append.expectedOrdinal());
    return AppendReceipt.of(threadId, null, outcome);
  }
}
