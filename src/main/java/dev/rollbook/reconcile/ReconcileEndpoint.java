package dev.rollbook.reconcile;

import dev.rollbook.reconcile.Progress.Shown;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.stereotype.Component;

/// Shows operators what the comparison of rollouts and rows found, and lets them begin one.
@Component
@Endpoint(id = "reconcile")
class ReconcileEndpoint {
  private static final int ACCEPTED = 202;

  private final Reconciler reconciler;

  ReconcileEndpoint(Reconciler reconciler) {
    this.reconciler = reconciler;
  }

  /// @param running null while nothing is compared
  /// @param last that came to its end; null for none
  record State(@Nullable Shown running, @Nullable Shown last) {}

  @ReadOperation
  State state() {
    return new State(shown(reconciler.now()), shown(reconciler.last()));
  }

  /// Begins a comparison, unless one goes on.
  @WriteOperation
  WebEndpointResponse<State> start() {
    reconciler.compare();
    return new WebEndpointResponse<>(state(), ACCEPTED);
  }

  private static @Nullable Shown shown(@Nullable Progress progress) {
    return progress == null ? null : progress.shown();
  }
}
