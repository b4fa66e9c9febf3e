package dev.rollbook.api.items;

import dev.rollbook.access.Access;
import dev.rollbook.api.ListPage;
import dev.rollbook.api.QueryParameters;
import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.api.turns.AppendReceipt;
import dev.rollbook.api.turns.TurnRequests;
import dev.rollbook.model.AppendOutcome.Persisted;
import dev.rollbook.model.GapId;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.line.LineView;
import dev.rollbook.thread.GapService;
import dev.rollbook.thread.GapView;
import dev.rollbook.thread.HistoryReader;
import dev.rollbook.web.filter.ConcurrencyLimitFilter;
import dev.rollbook.web.http.MediaTypes;
import dev.rollbook.web.limits.RequestMemory;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import org.apache.catalina.connector.ClientAbortException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/// Controller for the items of a thread. It returns items as pages, as a stream or as the rollout
/// file, and lists and repairs gaps.
@RestController
@RequestMapping("/v1/threads/{threadId}")
record ItemController(
    HistoryReader history,
    GapService gaps,
    RequestBodies bodies,
    RequestMemory memory,
    JsonMapper json) {
  private static final Logger log = LoggerFactory.getLogger(ItemController.class);
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1000;

  /// Less than a reader passes at a time, so that most of a history is not copied once more.
  private static final int BUFFER = 32 * 1024;

  @GetMapping(path = "/items", produces = MediaType.APPLICATION_JSON_VALUE)
  void page(
      Access access,
      @PathVariable ThreadId threadId,
      @RequestParam(required = false) @Nullable Long after,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String order,
      @RequestParam(required = false) @Nullable TurnId turnId,
      @RequestParam(required = false) @Nullable String payload,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    int size = QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT);
    boolean newestFirst = QueryParameters.choice("order", order, "asc", "desc", false);
    var room = memory.of(request);
    var page =
        history.page(
            access, threadId, turnId, ordinal(after), size, newestFirst, view(payload), room);
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    new ItemPage(page).writeTo(response.getOutputStream(), json);
  }

  /// Every item, one a line, written as it is read.
  ///
  /// @param limit has no effect
  @GetMapping(path = "/items", produces = MediaTypes.NDJSON)
  void stream(
      Access access,
      @PathVariable ThreadId threadId,
      @RequestParam(required = false) @Nullable Long after,
      @SuppressWarnings("unused") @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String order,
      @RequestParam(required = false) @Nullable TurnId turnId,
      @RequestParam(required = false) @Nullable String payload,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    if (QueryParameters.choice("order", order, "asc", "desc", false)) {
      throw new InvalidRequest("order", "must be asc for a stream");
    }
    try (var items =
        history.all(
            access,
            threadId,
            turnId,
            ordinal(after),
            view(payload),
            memory.of(request).patient())) {
      response.setContentType(MediaTypes.NDJSON);
      var out = new BufferedOutputStream(response.getOutputStream(), BUFFER);
      items.writeTo(out);
      out.close();
    } catch (ClientAbortException e) {
      throw e;
    } catch (IOException e) {
      log.debug("the rollout of thread {} cannot be read to its end", threadId, e);
      fail(new RolloutUnusable(threadId, ResumeFailure.ROLLOUT_UNREADABLE), request, response);
    } catch (TooManyRequests e) {
      fail(e, request, response);
    }
  }

  /// One whole item: the bytes of its line.
  @GetMapping(path = "/items/{ordinal}", produces = MediaType.APPLICATION_JSON_VALUE)
  void item(
      Access access,
      @PathVariable ThreadId threadId,
      @PathVariable long ordinal,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    if (ordinal < 0) {
      throw new InvalidRequest("ordinal", "must be 0 or more");
    }
    var item = history.item(access, threadId, ordinal, memory.of(request));
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    item.numberedBytes().writeTo(response.getOutputStream());
  }

  /// Aborts a response that has begun, so that its client can tell that the history is incomplete.
  private static void fail(
      RollbookException failure, HttpServletRequest request, HttpServletResponse response) {
    if (!response.isCommitted()) {
      response.resetBuffer();
      throw failure;
    }
    ConcurrencyLimitFilter.abort(request);
  }

  /// The rollout file, or the parts of it that `Range` requests.
  @GetMapping("/rollout")
  ResponseEntity<Resource> rollout(
      Access access, @PathVariable ThreadId threadId, @RequestHeader HttpHeaders headers)
      throws IOException {
    return new RolloutRange(history.rollout(access, threadId)).answer(headers);
  }

  /// Open gaps, in order.
  @GetMapping(path = "/gaps", produces = MediaType.APPLICATION_JSON_VALUE)
  ListPage<GapView> gaps(
      Access access,
      @PathVariable ThreadId threadId,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable Long cursor) {
    int size = QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT);
    return ListPage.of(
        gaps.list(access, threadId, cursor == null ? -1 : cursor, size + 1),
        size,
        gap -> Long.toString(gap.firstOrdinal()));
  }

  /// Fills a gap with the items that were skipped.
  @PutMapping(path = "/gaps/{gapId}/items", produces = MediaType.APPLICATION_JSON_VALUE)
  AppendReceipt repair(
      Access access,
      @PathVariable ThreadId threadId,
      @PathVariable GapId gapId,
      HttpServletRequest request)
      throws IOException {
    var append = bodies.read(request, TurnRequests.AppendRequest.class);
    if (append.expectedOrdinal() != null) {
      throw new InvalidRequest(
          "/expectedOrdinal", "is not allowed here: the gap determines the ordinals");
    }
    return AppendReceipt.of(
        threadId, null, new Persisted(gaps.repair(access, threadId, gapId, append.items())));
  }

  private static LineView view(@Nullable String payload) {
    return QueryParameters.choice("payload", payload, "whole", "preview", false)
        ? LineView.PREVIEW
        : LineView.WHOLE;
  }

  private static @Nullable Long ordinal(@Nullable Long after) {
    var position = QueryParameters.position("after", after);
    return position != null && position == -1 ? null : position;
  }
}
