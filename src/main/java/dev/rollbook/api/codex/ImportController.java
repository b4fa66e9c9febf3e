package dev.rollbook.api.codex;

import dev.rollbook.access.Access;
import dev.rollbook.api.ListPage;
import dev.rollbook.api.QueryParameters;
import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.codex.ingest.ImportService;
import dev.rollbook.codex.ingest.ImportView;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.web.http.MediaTypes;
import dev.rollbook.web.http.RequestForm;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Imports rollouts that Codex wrote, from a path or from the request body. Each import runs in the
/// background.
@RestController
@RequestMapping(path = "/v1/imports", produces = MediaType.APPLICATION_JSON_VALUE)
record ImportController(ImportService imports, RequestBodies bodies) {
  private static final int DEFAULT_LIMIT = 25;
  private static final int MAX_LIMIT = 100;

  @PostMapping
  ResponseEntity<ImportView> start(
      Access access,
      @RequestParam(required = false) @Nullable String name,
      HttpServletRequest request)
      throws IOException {
    if (RequestForm.ROLLOUT_BODY.matches(request)) {
      return accepted(
          imports.start(
              access.owner(), request.getInputStream(), name, MediaTypes.isCompressed(request)));
    }
    return accepted(
        imports.start(access.owner(), bodies.read(request, ImportRequest.class).path()));
  }

  @GetMapping
  ListPage<ImportView> list(
      Access access,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String cursor) {
    int size = QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT);
    var after = QueryParameters.parsed("cursor", cursor, ImportId::parse);
    return ListPage.of(imports.list(access, after, size + 1), size, view -> view.id().toString());
  }

  @GetMapping("/{importId}")
  ImportView get(Access access, @PathVariable ImportId importId) {
    return imports.get(access, importId);
  }

  @PostMapping("/{importId}/cancel")
  ImportView cancel(Access access, @PathVariable ImportId importId) {
    return imports.cancel(access, importId);
  }

  private ResponseEntity<ImportView> accepted(ImportView started) {
    return ResponseEntity.accepted()
        .location(URI.create("/v1/imports/" + started.id()))
        .body(started);
  }

  /// @param path of a rollout or of a directory of rollouts
  record ImportRequest(String path) {
    @SuppressWarnings("ConstantValue") // Missing members are null.
    ImportRequest {
      if (path == null) {
        throw new InvalidRequest("", "path is missing");
      }
    }
  }
}
