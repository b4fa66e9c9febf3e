package dev.rollbook.web.limits;

import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.peer.PeerCall;
import jakarta.servlet.ServletRequest;

/// Who the share of a limit is counted for: the caller of an authenticated request, wherever it
/// sends it from, or else the address. All calls that a replica passes on count for that replica,
/// where the shares of callers and addresses were counted before.
///
/// @param key not the same for two kinds of clients
public record Client(String key, Kind kind) {
  static final Client SERVICE = new Client("", Kind.REPLICA);

  /// Kinds of clients, with shares of different size.
  public enum Kind {
    /// May be the address of a proxy, or of the only user of the machine.
    ADDRESS,
    /// An authenticated caller, whose share is smaller than that of an address.
    CALLER,
    /// May use all that is free.
    REPLICA
  }

  public static Client of(ServletRequest request) {
    return PeerCall.of(request)
        .map(call -> new Client("replica " + call.replica(), Kind.REPLICA))
        .or(() ->
            Caller.of(request)
                .map(caller -> new Client(caller.tenant() + "/" + caller.principal(), Kind.CALLER)))
        .orElseGet(() -> new Client(ClientAddress.of(request), Kind.ADDRESS));
  }
}
