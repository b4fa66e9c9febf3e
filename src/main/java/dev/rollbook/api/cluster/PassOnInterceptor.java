package dev.rollbook.api.cluster;

import static org.springframework.web.servlet.HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE;

import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.cluster.Replicas;
import dev.rollbook.model.ThreadId;
import dev.rollbook.web.security.peer.ConditionalOnCluster;
import dev.rollbook.web.security.peer.PeerCall;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;

/// Passes on the calls whose path has a thread that another replica has in memory, before their
/// body is read.
///
/// It is not a servlet filter, because Spring MVC then knows the call: its ids, its name in meters
/// and logs, and that it exists at all. Permits, audit and scopes come before it, at both replicas.
/// Calls with a thread in their body find out by themselves (`OwnedElsewhereException`).
@Component
@ConditionalOnCluster
public final class PassOnInterceptor implements HandlerInterceptor {
  private static final String EVENTS = "/events";
  private static final String SEARCH = "/v1/search";

  private final CallRouter router;
  private final Replicas replicas;
  private final boolean searches;

  PassOnInterceptor(
      CallRouter router,
      Replicas replicas,
      @Value("${rollbook.search.enabled:true}") boolean searches) {
    this.router = router;
    this.replicas = replicas;
    this.searches = searches;
  }

  @Override
  public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
      throws IOException {
    var peer = PeerCall.of(request);
    if (replicas.self().isStopping()) {
      announceStop(peer.isPresent(), response);
    }
    if (peer.isPresent()) {
      if (isForAnother(request)) {
        response.setHeader(CallRouter.REPLICA, replicas.self().id().toString());
        response.setStatus(HttpStatus.MISDIRECTED_REQUEST.value());
        return false;
      }
      requireHere(parsed(peer.get().thread()));
      return true;
    }
    if (!searches && request.getServletPath().equals(SEARCH)) {
      return !router.passSearchOn(request, response);
    }
    var thread = threadOf(request);
    return thread == null
        // The controller follows a thread wherever it goes.
        || request.getServletPath().endsWith(EVENTS)
        || !router.passOn(thread, request, response);
  }

  /// The next call comes over another connection, which leads to another replica, rather than over
  /// one that is about to be closed.
  private static void announceStop(boolean isToPeer, HttpServletResponse response) {
    if (isToPeer) {
      response.setHeader(PeerClient.STOPPING, "true");
    }
    response.setHeader(HttpHeaders.CONNECTION, "close");
  }

  /// Whether the call is for a replica that was at the address of this one before: the sender does
  /// not know yet that it is gone.
  private boolean isForAnother(HttpServletRequest request) {
    var wanted = request.getHeader(CallRouter.REPLICA);
    return wanted != null && !wanted.equals(replicas.self().id().toString());
  }

  /// A call that was passed on is never passed on again, so that no call runs in a circle: its
  /// sender looks again.
  private void requireHere(@Nullable ThreadId thread) {
    if (thread != null) {
      router
          .ownerElsewhere(thread)
          .ifPresent(owner -> {
            throw new OwnedElsewhereException(thread, owner);
          });
    }
  }

  private static @Nullable ThreadId threadOf(HttpServletRequest request) {
    return request.getAttribute(URI_TEMPLATE_VARIABLES_ATTRIBUTE) instanceof Map<?, ?> variables
            && variables.get("threadId") instanceof String text
        ? parsed(text)
        : null;
  }

  /// Null for an id that no thread can have, which the controller refuses.
  private static @Nullable ThreadId parsed(@Nullable String id) {
    try {
      return id == null ? null : ThreadId.parse(id);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
