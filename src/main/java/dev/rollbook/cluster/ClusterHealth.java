package dev.rollbook.cluster;

import dev.rollbook.cluster.ObservedReplica.State;
import dev.rollbook.model.Timestamps;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/// Health of the replicas, as this one sees them: degraded while another one is gone, and for some
/// time after others have taken threads of this one over. Never down, because turns go on at the
/// replicas that are left.
///
/// Whether commits wait for a standby is decided by the component `storage`.
record ClusterHealth(ClusterMembership members, ThreadClaims threads) implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  @Override
  public Health health() {
    if (members.mayBeReplaced()) {
      // The components stateDb and storage show why.
      return with(Health.unknown(), List.of())
          .withDetail("error", "the database was not read lately: the other replicas are unknown")
          .build();
    }
    var others = members.others();
    return with(judged(others), others).build();
  }

  private Health.Builder judged(List<ObservedReplica> others) {
    long losses = threads.statistics().recentLosses();
    if (losses > 0) {
      return Health.status(DEGRADED)
          .withDetail("lostThreads", losses)
          .withDetail(
              "impact",
              "this replica was silent for so long that others have taken threads over from it")
          .withDetail(
              "remedy",
              "look for pauses of this process (garbage collection, processors, a suspended"
                  + " machine), and at its connection to the database");
    }
    var gone =
        others.stream()
            .filter(other -> other.state() == State.GONE)
            .map(other -> other.replica().name())
            .collect(Collectors.joining(", "));
    return gone.isEmpty()
        ? Health.up()
        : Health.status(DEGRADED)
            .withDetail("impact", "the other replicas do the work of %s".formatted(gone))
            .withDetail("remedy", "start it again, or find out why it does not reach the database");
  }

  private Health.Builder with(Health.Builder health, List<ObservedReplica> others) {
    var self = members.self();
    health.withDetail("name", self.name());
    health.withDetail("version", self.version());
    health.withDetail("ownedThreads", threads.owned());
    health.withDetail("replicas", others.stream().map(ClusterHealth::details).toList());
    threads
        .statistics()
        .lastTakeover()
        .ifPresent(takeover -> {
          var details = new LinkedHashMap<String, Object>();
          details.put("at", Timestamps.format(takeover.at()));
          takeover.from().ifPresent(name -> details.put("from", name));
          health.withDetail("lastTakeover", details);
        });
    return health;
  }

  private static Map<String, Object> details(ObservedReplica other) {
    var details = new LinkedHashMap<String, Object>();
    details.put("name", other.replica().name());
    details.put("address", String.valueOf(other.replica().address()));
    details.put("version", other.replica().version());
    details.put("state", other.state().name().toLowerCase(Locale.ROOT));
    details.put("silentFor", other.silence().truncatedTo(ChronoUnit.MILLIS).toString());
    return details;
  }
}
