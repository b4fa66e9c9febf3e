package dev.rollbook.api;

import dev.rollbook.model.Facets;
import dev.rollbook.projection.ThreadKind;
import dev.rollbook.thread.Threads;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Which values the filters of lists find something by.
@RestController
class FacetController {
  private static final int LIMIT = 25;
  private static final int LARGEST_LIMIT = 100;

  private final Threads threads;

  FacetController(Threads threads) {
    this.threads = threads;
  }

  @GetMapping(path = "/v1/facets", produces = MediaType.APPLICATION_JSON_VALUE)
  Facets facets(
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String archived,
      @RequestParam(required = false) @Nullable String kind) {
    return threads.facets(
        Parameters.choice("archived", archived, "false", "true", false),
        Parameters.kind(kind, ThreadKind.THREAD),
        Parameters.limit(limit, LIMIT, LARGEST_LIMIT));
  }
}
