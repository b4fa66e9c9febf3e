package dev.rollbook.api.codex;

import dev.rollbook.access.Access;
import dev.rollbook.api.json.BodyMapper.Max;
import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.api.threads.ThreadRequests;
import dev.rollbook.codex.export.ExportService;
import dev.rollbook.codex.export.ExportService.Exported;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.web.http.MediaTypes;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.ServletWebRequest;

/// Exports threads to Codex: as a download, or into a `CODEX_HOME` on this machine.
@RestController
@RequestMapping("/v1/threads/{threadId}")
record ExportController(ExportService exports, RequestBodies bodies) {
  private static final int BUFFER = 64 * 1024;

  /// Streamed: at most one line is in memory.
  @GetMapping(path = "/rollout", params = "format")
  void rollout(
      Access access,
      @PathVariable ThreadId threadId,
      @RequestParam String format,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    if (!format.equals("codex")) {
      throw new InvalidRequest("format", "must be codex, or be left out for the file itself");
    }
    var rollout = exports.rollout(access, threadId);
    if (new ServletWebRequest(request, response).checkNotModified(rollout.tag())) {
      return;
    }
    response.setContentType(MediaTypes.NDJSON);
    response.setHeader(
        HttpHeaders.CONTENT_DISPOSITION,
        ContentDisposition.attachment().filename(rollout.fileName()).build().toString());
    try (var out = new BufferedOutputStream(response.getOutputStream(), BUFFER)) {
      rollout.writeTo(out);
    }
  }

  @PostMapping(path = "/export", produces = MediaType.APPLICATION_JSON_VALUE)
  Exported export(Access access, @PathVariable ThreadId threadId, HttpServletRequest request)
      throws IOException {
    var wanted = bodies.read(request, ExportRequest.class);
    return exports.export(access, threadId, wanted.codexHome(), wanted.modelProvider());
  }

  /// @param codexHome the directory to write to
  record ExportRequest(
      @Max(ThreadRequests.MAX_PATH_LENGTH) String codexHome,
      @Max(ThreadRequests.MAX_WORD_LENGTH) @Nullable String modelProvider) {
    @SuppressWarnings("ConstantValue") // Missing members are null.
    ExportRequest {
      if (codexHome == null) {
        throw new InvalidRequest("/codexHome", "is missing");
      }
      if (modelProvider != null && modelProvider.isBlank()) {
        throw new InvalidRequest("/modelProvider", "must name a provider, or be left out");
      }
    }
  }
}
