package dev.rollbook.web.audit;

import dev.rollbook.audit.AuditEntry.Actor;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.peer.PeerCall;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.UUID;

/// The sender of a request, as the audit names it.
public final class AuditActor {
  private static final String ATTRIBUTE = AuditActor.class.getName();
  private static final String NO_MECHANISM = "none";

  private AuditActor() {}

  /// The id of the request in all its entries.
  public static String requestIdOf(HttpServletRequest request) {
    return String.valueOf(of(request).requestId());
  }

  /// The same for all entries of the request. The request id is random, because ids that a client
  /// chooses could be those of other requests. If another replica passes the request on, the id is
  /// that of its own entries.
  public static Actor of(HttpServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof Actor known) {
      return known;
    }
    var id =
        PeerCall.of(request).map(PeerCall::requestId).orElseGet(() -> UUID.randomUUID().toString());
    var address = request.getRemoteAddr();
    var actor =
        Caller.of(request)
            .map(caller ->
                new Actor(
                    id,
                    caller.tenant(),
                    caller.principal(),
                    caller.mechanism().name().toLowerCase(Locale.ROOT),
                    caller.keyId(),
                    address))
            .orElseGet(() -> new Actor(id, null, null, NO_MECHANISM, null, address));
    request.setAttribute(ATTRIBUTE, actor);
    return actor;
  }
}
