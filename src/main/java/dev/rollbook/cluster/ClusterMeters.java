package dev.rollbook.cluster;

import dev.rollbook.cluster.ClaimStatistics.Kind;
import dev.rollbook.cluster.ObservedReplica.State;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;

/// Meters of the replicas, as this one sees them, and of the threads that it owns.
record ClusterMeters(ClusterMembership members, ThreadClaims threads) implements MeterBinder {
  private static final String REPLICAS = "replicas";
  private static final String THREADS = "threads";

  @Override
  public void bindTo(MeterRegistry registry) {
    for (var state : State.values()) {
      Gauge.builder("cluster.replicas", () -> count(state))
          .description("Replicas by state, with this one; NaN while the database is not read")
          .baseUnit(REPLICAS)
          .tag("state", tag(state))
          .register(registry);
    }
    Gauge.builder("cluster.threads.owned", threads, ThreadClaims::owned)
        .description("Threads that only this replica may write")
        .baseUnit(THREADS)
        .register(registry);
    var statistics = threads.statistics();
    for (var kind : Kind.values()) {
      FunctionCounter.builder("cluster.claims", statistics, it -> it.claims(kind))
          .description("Threads that this replica has claimed, by whose they were before")
          .baseUnit(THREADS)
          .tag("kind", tag(kind))
          .register(registry);
    }
    FunctionCounter.builder("cluster.claims.lost", statistics, ClaimStatistics::losses)
        .description("Threads that other replicas have taken over from this one")
        .baseUnit(THREADS)
        .register(registry);
  }

  private double count(State state) {
    if (members.mayBeReplaced()) {
      return Double.NaN;
    }
    var ofSelf = members.self().isStopping() ? State.STOPPING : State.ALIVE;
    long others = members.others().stream().filter(other -> other.state() == state).count();
    return others + (state == ofSelf ? 1 : 0);
  }

  private static String tag(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
