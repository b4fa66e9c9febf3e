package dev.rollbook.api.cluster;

import dev.rollbook.api.json.RequestBodies;
import dev.rollbook.web.http.MediaTypes;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/// Body of a call that is passed on. A JSON body is in memory, and can be sent again or handled
/// here. An upload has any length and is sent while it arrives, once.
sealed interface PassedBody {
  record None(BodyPublisher publisher) implements PassedBody {}

  record Kept(BodyPublisher publisher) implements PassedBody {}

  /// An upload, which each attempt to pass it on begins anew, as long as nothing of it was read.
  final class Pushed implements PassedBody {
    private final HttpServletRequest request;
    private PushedBody body = new PushedBody();

    private Pushed(HttpServletRequest request) {
      this.request = request;
    }

    @Override
    public BodyPublisher publisher() {
      body = new PushedBody();
      return BodyPublishers.fromPublisher(body);
    }

    @Override
    public void send(PeerExchange exchange) throws IOException {
      body.send(request.getInputStream(), exchange);
    }

    @Override
    public boolean isSpent() {
      return body.hasBegun();
    }

    @Override
    public boolean isUnread() {
      return !body.isComplete();
    }
  }

  /// @throws dev.rollbook.model.RollbookException.ItemTooLarge if a JSON body is too large
  static PassedBody of(HttpServletRequest request, RequestBodies bodies) throws IOException {
    if (!hasBody(request)) {
      return new None(BodyPublishers.noBody());
    }
    return MediaTypes.isUpload(request)
        ? new Pushed(request)
        : new Kept(BodyPublishers.ofByteArray(bodies.bytes(request)));
  }

  private static boolean hasBody(HttpServletRequest request) {
    var method = request.getMethod();
    return !HttpMethod.GET.matches(method)
        && !HttpMethod.HEAD.matches(method)
        && (request.getContentLengthLong() > 0
            || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null);
  }

  BodyPublisher publisher();

  /// Sends the body, unless the HTTP client does it.
  default void send(PeerExchange exchange) throws IOException {}

  /// Whether the body cannot be sent again, nor handled here.
  default boolean isSpent() {
    return false;
  }

  /// Whether the client still sends the body.
  default boolean isUnread() {
    return false;
  }
}
