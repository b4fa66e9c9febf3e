package dev.rollbook.api.threads;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.rollbook.access.Access;
import dev.rollbook.api.ListPage;
import dev.rollbook.api.QueryParameters;
import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.api.threads.ThreadRequests.OnResumeFailure;
import dev.rollbook.api.turns.AppendReceipt;
import dev.rollbook.model.AppendOutcome;
import dev.rollbook.model.Facets;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ThreadKind;
import dev.rollbook.thread.ChangeResult;
import dev.rollbook.thread.ForkService;
import dev.rollbook.thread.StartResult;
import dev.rollbook.thread.ThreadListQuery;
import dev.rollbook.thread.ThreadService;
import dev.rollbook.thread.ThreadView;
import dev.rollbook.web.http.MediaTypes;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
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
import tools.jackson.databind.json.JsonMapper;

/// Controller for threads: start, fork, list, read, change, delete, resume, archive, unload.
///
/// To add a query parameter to the list of threads, also make the changes that
/// `ThreadListQuery.Filter` names.
@RestController
@RequestMapping(path = "/v1", produces = MediaType.APPLICATION_JSON_VALUE)
record ThreadController(
    ThreadService threads, ForkService forks, RequestBodies bodies, JsonMapper json) {
  private static final int DEFAULT_LIMIT = 25;
  private static final int MAX_LIMIT = 100;

  /// An entity tag, which is weak if it begins with `W/`.
  private static final Pattern TAG = Pattern.compile("(W/)?(\"[\\x21\\x23-\\x7E\\x80-\\xFF]*\")");

  /// Writes the response itself. A message converter, which would negotiate the media type again,
  /// took a tenth of the time of a start.
  @PostMapping("/threads")
  void start(Access access, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    var wanted = bodies.readOptional(request, ThreadRequests.StartThreadRequest.class);
    var started = start(access, wanted);
    var body = json.writeValueAsBytes(started);
    response.setStatus(status(started).value());
    response.setHeader(HttpHeaders.LOCATION, location(started).toString());
    response.setHeader(HttpHeaders.ETAG, started.thread().tag());
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  @GetMapping("/threads")
  ListPage<ThreadView> list(
      Access access,
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
    int size = QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT);
    var filter =
        new ThreadListQuery.Filter(
            QueryParameters.choice("archived", archived, "false", "true", false),
            QueryParameters.choice("pinned", pinned, "false", "true"),
            QueryParameters.choice("completeness", completeness, "complete", "gapped"),
            QueryParameters.parsed("status", status, ThreadView.Status::parse),
            source,
            cwd,
            model,
            q,
            forkedFromId == null ? null : forkedFromId.value(),
            QueryParameters.kind(kind, parentThreadId == null ? ThreadKind.THREAD : null),
            parentThreadId == null ? null : parentThreadId.value());
    var query =
        new ThreadListQuery(
            filter,
            QueryParameters.choice("sort", sort, "updatedAt", "createdAt", false),
            QueryParameters.choice("direction", direction, "asc", "desc", true),
            size + 1,
            cursor);
    return ListPage.of(threads.list(access, query), size, query::cursorAfter);
  }

  /// Values that lists of threads can be filtered by.
  @GetMapping("/facets")
  Facets facets(
      Access access,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String archived,
      @RequestParam(required = false) @Nullable String kind) {
    return threads.facets(
        access,
        QueryParameters.choice("archived", archived, "false", "true", false),
        QueryParameters.kind(kind, ThreadKind.THREAD),
        QueryParameters.limit(limit, DEFAULT_LIMIT, MAX_LIMIT));
  }

  @GetMapping("/threads/{threadId}")
  ThreadView get(Access access, @PathVariable ThreadId threadId, HttpServletResponse response) {
    var thread = threads.get(access, threadId);
    response.setHeader(HttpHeaders.ETAG, thread.tag());
    return thread;
  }

  @PatchMapping("/threads/{threadId}")
  PatchedThread patch(
      Access access,
      @PathVariable ThreadId threadId,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable List<String> ifMatch,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    var patch = bodies.read(request, MergePatch.class, MediaTypes.MERGE_PATCH);
    var changed = threads.change(access, threadId, matcher(ifMatch), patch::apply);
    response.setHeader(HttpHeaders.ETAG, changed.thread().tag());
    return PatchedThread.of(changed);
  }

  @DeleteMapping("/threads/{threadId}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(Access access, @PathVariable ThreadId threadId) {
    threads.delete(access, threadId);
  }

  @PostMapping("/threads/{threadId}/resume")
  ThreadView resume(Access access, @PathVariable ThreadId threadId) {
    return threads.resume(access, threadId);
  }

  @PostMapping("/threads/{threadId}/archive")
  ThreadView archive(Access access, @PathVariable ThreadId threadId) {
    return threads.archive(access, threadId);
  }

  @PostMapping("/threads/{threadId}/unarchive")
  ThreadView unarchive(Access access, @PathVariable ThreadId threadId) {
    return threads.unarchive(access, threadId);
  }

  @PostMapping("/threads/{threadId}/shutdown")
  ThreadView shutDown(Access access, @PathVariable ThreadId threadId) {
    return threads.shutDown(access, threadId);
  }

  @PostMapping("/threads/{threadId}/discard")
  ThreadView discard(Access access, @PathVariable ThreadId threadId) {
    return threads.discard(access, threadId);
  }

  @PostMapping("/threads/{threadId}/fork")
  ResponseEntity<ThreadView> fork(
      Access access, @PathVariable ThreadId threadId, HttpServletRequest request)
      throws IOException {
    var forked =
        forks.fork(
            access,
            threadId,
            bodies.readOptional(request, ThreadRequests.ForkThreadRequest.class).fork());
    return ResponseEntity.status(status(forked))
        .location(location(forked))
        .header(HttpHeaders.ETAG, forked.thread().tag())
        .body(forked.thread());
  }

  private static HttpStatus status(StartResult started) {
    return started.created() ? HttpStatus.CREATED : HttpStatus.OK;
  }

  private static URI location(StartResult started) {
    return URI.create("/v1/threads/" + started.thread().id());
  }

  private StartResult start(Access access, ThreadRequests.StartThreadRequest wanted) {
    if (wanted.resumeId() == null) {
      return threads.start(access, wanted.thread());
    }
    return wanted.onResumeFailure() == OnResumeFailure.FAIL
        ? new StartResult(
            threads.resume(access, wanted.resumeId()), false, new StartResult.Resumed())
        : threads.startByResuming(access, wanted.resumeId(), wanted.thread());
  }

  /// Tests the current tag against `If-Match` (RFC 9110, 13.1.1): `*`, or a list of tags that
  /// contains the current one. The comparison is strong, so that a weak tag never matches. Without
  /// the header every tag matches.
  private static Predicate<String> matcher(@Nullable List<String> header) {
    var text = header == null || header.isEmpty() ? "*" : String.join(",", header).strip();
    return current ->
        text.equals("*")
            || TAG.matcher(text)
                .results()
                .anyMatch(tag -> tag.group(1) == null && tag.group(2).equals(current));
  }

  /// The response to a PATCH: the thread with one more member.
  ///
  /// @param change null where the patch changed nothing
  record PatchedThread(@JsonUnwrapped ThreadView thread, @Nullable ChangeReceipt change) {
    static PatchedThread of(ChangeResult changed) {
      return new PatchedThread(changed.thread(), ChangeReceipt.of(changed.note()));
    }
  }

  /// Outcome of the append of the lines that record the change in the rollout.
  record ChangeReceipt(
      @Nullable Long firstOrdinal, @Nullable Long lastOrdinal, Object persistence) {
    static @Nullable ChangeReceipt of(@Nullable AppendOutcome note) {
      return note == null
          ? null
          : new ChangeReceipt(
              note.ordinals().first(), note.ordinals().last(), AppendReceipt.persistence(note));
    }
  }
}
