package dev.rollbook.api;

import dev.rollbook.api.http.MediaTypes;
import dev.rollbook.model.AppendOutcome.Persisted;
import dev.rollbook.model.GapId;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.thread.GapView;
import dev.rollbook.thread.HistoryGaps;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What the history of a thread lacks: read, and put back into its place.
@RestController
@RequestMapping(path = "/v1/threads/{threadId}/gaps", produces = MediaType.APPLICATION_JSON_VALUE)
class GapController {
  private static final int LIMIT = 100;
  private static final int LARGEST_LIMIT = 1000;

  private final HistoryGaps gaps;
  private final RequestBodies bodies;

  GapController(HistoryGaps gaps, RequestBodies bodies) {
    this.gaps = gaps;
    this.bodies = bodies;
  }

  @GetMapping
  Page<GapView> list(
      @PathVariable ThreadId threadId,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable Long cursor) {
    int size = Parameters.limit(limit, LIMIT, LARGEST_LIMIT);
    return Page.of(
        gaps.list(threadId, cursor == null ? -1 : cursor, size + 1),
        size,
        gap -> Long.toString(gap.firstOrdinal()));
  }

  @PutMapping("/{gapId}/items")
  Receipt repair(
      @PathVariable ThreadId threadId, @PathVariable GapId gapId, HttpServletRequest request)
      throws IOException {
    MediaTypes.requireJson(request);
    var append = bodies.read(request, TurnRequests.Append.class);
    if (append.expectedOrdinal() != null) {
      throw new InvalidRequest("/expectedOrdinal", "is not known: a gap has its place");
    }
    return Receipt.of(threadId, null, new Persisted(gaps.repair(threadId, gapId, append.items())));
  }
}
