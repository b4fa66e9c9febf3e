package dev.rollbook.api;

import dev.rollbook.api.ThreadRequests.OnResumeFailure;
import dev.rollbook.api.http.MediaTypes;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ThreadKind;
import dev.rollbook.thread.Started;
import dev.rollbook.thread.ThreadListQuery;
import dev.rollbook.thread.ThreadView;
import dev.rollbook.thread.Threads;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Threads: start, list, read, describe, remove, and what else is done to one.
@RestController
@RequestMapping(path = "/v1/threads", produces = MediaType.APPLICATION_JSON_VALUE)
class ThreadController {
  private static final int LIMIT = 25;
  private static final int LARGEST_LIMIT = 100;

  private final Threads threads;
  private final RequestBodies bodies;

  ThreadController(Threads threads, RequestBodies bodies) {
    this.threads = threads;
    this.bodies = bodies;
  }

  @PostMapping
  ResponseEntity<StartedThread> start(HttpServletRequest request) throws IOException {
    MediaTypes.requireJson(request);
    var wanted = bodies.readOptional(request, ThreadRequests.Start.class);
    var started = start(wanted);
    var id = started.thread().id();
    return ResponseEntity.status(started.created() ? HttpStatus.CREATED : HttpStatus.OK)
        .location(URI.create("/v1/threads/" + id))
        .header(HttpHeaders.ETAG, started.thread().tag())
        .body(StartedThread.of(started));
  }

  @GetMapping
  Page<ThreadView> list(
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(required = false) @Nullable String sort,
      @RequestParam(required = false) @Nullable String direction,
      @RequestParam(required = false) @Nullable String archived,
      @RequestParam(required = false) @Nullable String pinned,
      @RequestParam(required = false) @Nullable String completeness,
      @RequestParam(required = false) @Nullable String status,
      @RequestParam(required = false) @Nullable String source,
      @RequestParam(required = false) @Nullable String cwd,
      @RequestParam(required = false) @Nullable String model,
      @RequestParam(required = false) @Nullable String q,
      @RequestParam(required = false) @Nullable ThreadId forkedFromId,
      @RequestParam(required = false) @Nullable String kind,
      @RequestParam(required = false) @Nullable ThreadId parentThreadId) {
    int size = Parameters.limit(limit, LIMIT, LARGEST_LIMIT);
    var filter =
        new ThreadListQuery.Filter(
            Parameters.choice("archived", archived, "false", "true", false),
            Parameters.choice("pinned", pinned, "false", "true"),
            Parameters.choice("completeness", completeness, "complete", "gapped"),
            Parameters.parsed("status", status, ThreadView.Status::parse),
            source,
            cwd,
            model,
            q,
            forkedFromId == null ? null : forkedFromId.value(),
            Parameters.kind(kind, parentThreadId == null ? ThreadKind.THREAD : null),
            parentThreadId == null ? null : parentThreadId.value());
    var query =
        new ThreadListQuery(
            filter,
            Parameters.choice("sort", sort, "updatedAt", "createdAt", false),
            Parameters.choice("direction", direction, "asc", "desc", true),
            size + 1,
            cursor);
    return Page.of(threads.list(query), size, query::cursorAfter);
  }

  @GetMapping("/{threadId}")
  ThreadView get(@PathVariable ThreadId threadId, HttpServletResponse response) {
    return tagged(threads.get(threadId), response);
  }

  @PatchMapping("/{threadId}")
  DescribedThread patch(
      @PathVariable ThreadId threadId,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable List<String> ifMatch,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    MediaTypes.requireJsonOrMergePatch(request);
    var patch = bodies.read(request, MergePatch.class);
    var described = threads.describe(threadId, IfMatch.of(ifMatch), patch::apply);
    response.setHeader(HttpHeaders.ETAG, described.thread().tag());
    return DescribedThread.of(described);
  }

  @DeleteMapping("/{threadId}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable ThreadId threadId) {
    threads.delete(threadId);
  }

  @PostMapping("/{threadId}/resume")
  ThreadView resume(@PathVariable ThreadId threadId) {
    return threads.resume(threadId);
  }

  @PostMapping("/{threadId}/archive")
  ThreadView archive(@PathVariable ThreadId threadId) {
    return threads.archive(threadId);
  }

  @PostMapping("/{threadId}/unarchive")
  ThreadView unarchive(@PathVariable ThreadId threadId) {
    return threads.unarchive(threadId);
  }

  @PostMapping("/{threadId}/shutdown")
  ThreadView shutDown(@PathVariable ThreadId threadId) {
    return threads.shutDown(threadId);
  }

  @PostMapping("/{threadId}/discard")
  ThreadView discard(@PathVariable ThreadId threadId) {
    return threads.discard(threadId);
  }

  private Started start(ThreadRequests.Start wanted) {
    if (wanted.resumeId() == null) {
      return threads.start(wanted.thread());
    }
    return wanted.onResumeFailure() == OnResumeFailure.FAIL
        ? new Started(threads.resume(wanted.resumeId()), false, new Started.Resumed())
        : threads.startByResuming(wanted.resumeId(), wanted.thread());
  }

  private static ThreadView tagged(ThreadView thread, HttpServletResponse response) {
    response.setHeader(HttpHeaders.ETAG, thread.tag());
    return thread;
  }
}
