package dev.rollbook.reconcile;

import dev.rollbook.reconcile.ReconcileState.Progress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.stereotype.Component;

/// Actuator endpoint that shows the findings of comparisons of rollouts and rows, and starts a
/// comparison.
@Component
@Endpoint(id = "reconcile")
record ReconcileEndpoint(Reconciler reconciler) {
  private static final int ACCEPTED = 202;

  /// @param running null if no comparison runs
  /// @param last the last comparison that ended; null for none
  record State(@Nullable Progress running, @Nullable Progress last) {}

  @ReadOperation
  State state() {
    return new State(reconciler.progress(), reconciler.lastResult());
  }

  /// Starts a comparison unless one runs.
  @WriteOperation
  WebEndpointResponse<State> start() {
    reconciler.startComparison();
    return new WebEndpointResponse<>(state(), ACCEPTED);
  }
}
