package dev.rollbook.api.items;

import dev.rollbook.access.Access;
import dev.rollbook.api.ListPage;
import dev.rollbook.api.QueryParameters;
import dev.rollbook.thread.GapService;
import dev.rollbook.thread.GapView;
import dev.rollbook.thread.OpenGapView;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Controller for the open gaps of all threads. Those of one thread are in [ItemController].
@RestController
@RequestMapping(path = "/v1/gaps", produces = MediaType.APPLICATION_JSON_VALUE)
record GapController(GapService gaps) {
  private static final int DEFAULT_LIMIT = 25;
  private static final int MAX_LIMIT = 100;

  @GetMapping
  ListPage<OpenGapView> list(
      Access access,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(required = false) @Nullable String reason) {
    int size = QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT);
    var wanted = QueryParameters.oneOf("reason", reason, GapView.REASONS);
    return ListPage.of(gaps.listAll(access, wanted, cursor, size + 1), size, OpenGapView::cursor);
  }
}
