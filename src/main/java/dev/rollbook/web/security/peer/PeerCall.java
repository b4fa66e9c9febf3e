package dev.rollbook.web.security.peer;

import dev.rollbook.web.security.access.Caller;
import jakarta.servlet.ServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A call that another replica passes on.
///
/// @param replica id of the replica that the client is connected to
/// @param requestId of the client's request, as the audit of both replicas names it
/// @param thread that the receiving replica is said to have in memory; null if the sender knows
///   this from another replica
/// @param caller who sent the request; null if the service requires no authentication
public record PeerCall(
    String replica, String requestId, @Nullable String thread, @Nullable Caller caller) {
  /// Empty for a request of a client.
  public static Optional<PeerCall> of(ServletRequest request) {
    return Caller.authentication(request)
        .filter(PeerAuthentication.class::isInstance)
        .map(authentication -> ((PeerAuthentication) authentication).call());
  }
}
