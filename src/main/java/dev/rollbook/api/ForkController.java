package dev.rollbook.api;

import dev.rollbook.api.http.MediaTypes;
import dev.rollbook.model.ThreadId;
import dev.rollbook.thread.Forks;
import dev.rollbook.thread.ThreadView;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Forks: threads that go on from a place in another one.
@RestController
@RequestMapping(path = "/v1/threads", produces = MediaType.APPLICATION_JSON_VALUE)
class ForkController {
  private final Forks forks;
  private final RequestBodies bodies;

  ForkController(Forks forks, RequestBodies bodies) {
    this.forks = forks;
    this.bodies = bodies;
  }

  @PostMapping("/{threadId}/fork")
  ResponseEntity<ThreadView> fork(@PathVariable ThreadId threadId, HttpServletRequest request)
      throws IOException {
    MediaTypes.requireJson(request);
    var wanted = bodies.readOptional(request, ThreadRequests.Fork.class).fork();
    var forked = forks.fork(threadId, wanted);
    return ResponseEntity.status(forked.created() ? HttpStatus.CREATED : HttpStatus.OK)
        .location(URI.create("/v1/threads/" + forked.thread().id()))
        .header(HttpHeaders.ETAG, forked.thread().tag())
        .body(forked.thread());
  }
}
