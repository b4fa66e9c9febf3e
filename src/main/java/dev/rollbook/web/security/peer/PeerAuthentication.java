package dev.rollbook.web.security.peer;

import dev.rollbook.web.security.access.Caller;
import java.util.List;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

/// An accepted [PeerCall]. The principal is the caller that the peer has authenticated, so that all
/// checks of scopes and owners are the same at both replicas.
final class PeerAuthentication extends PreAuthenticatedAuthenticationToken {
  private final transient PeerCall call;

  private PeerAuthentication(PeerCall call, Caller caller) {
    super(caller, null, caller.scopes());
    this.call = call;
  }

  private PeerAuthentication(PeerCall call) {
    super(call.replica(), null, List.of());
    this.call = call;
  }

  static PeerAuthentication of(PeerCall call) {
    return call.caller() == null
        ? new PeerAuthentication(call)
        : new PeerAuthentication(call, call.caller());
  }

  PeerCall call() {
    return call;
  }
}
