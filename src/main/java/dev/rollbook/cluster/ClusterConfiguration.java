package dev.rollbook.cluster;

import dev.rollbook.lock.ThreadOwnership;
import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.datadir.ProcessLock;
import dev.rollbook.statedb.files.JobLocks;
import dev.rollbook.statedb.files.OwnerRepository;
import dev.rollbook.statedb.files.ReplicaRepository;
import java.io.IOException;
import java.time.Clock;
import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;

/// Beans of the replicas, as `rollbook.storage` says.
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {
  private static final String SETTING = "rollbook.storage";
  private static final String ADDRESS = "rollbook.cluster.address";

  private static String version(ObjectProvider<BuildProperties> build) {
    return build.stream().map(BuildProperties::getVersion).findFirst().orElse("0");
  }

  /// The beans of `rollbook.storage=files`.
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = SETTING, havingValue = "files", matchIfMissing = true)
  static class InFiles {
    @Bean
    SoleReplica soleReplica(ClusterProperties properties, ObjectProvider<BuildProperties> build) {
      if (properties.address() != null) {
        throw new StartupException(
            "rollbook.cluster.address is set, but with rollbook.storage=files only one process can"
                + " use the rollouts.",
            "Set rollbook.storage=database, or remove rollbook.cluster.address.");
      }
      return new SoleReplica(
          new Replica(
              UUID.randomUUID(), ProcessLock.describeProcess(), null, version(build), false));
    }

    @Bean
    ClusterJobs clusterJobs() {
      return ClusterJobs.SOLE;
    }

    @Bean
    ThreadOwnership threadOwnership() {
      return ThreadOwnership.SOLE;
    }
  }

  /// The beans of `rollbook.storage=database`.
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = SETTING, havingValue = "database")
  static class InDatabase {
    @Bean
    ClusterMembership clusterMembership(
        ReplicaRepository replicas,
        ClusterProperties properties,
        ObjectProvider<BuildProperties> build,
        ApplicationContext context)
        throws IOException, InterruptedException {
      return ClusterMembership.join(
          replicas,
          ProcessLock.describeProcess(),
          properties.address(),
          version(build),
          properties.goneAfter(),
          () -> refuseTraffic(context));
    }

    /// A platform such as Kubernetes restarts the process then.
    private static void refuseTraffic(ApplicationContext context) {
      AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
      AvailabilityChangeEvent.publish(context, LivenessState.BROKEN);
    }

    @Bean
    ApplicationListener<ContextClosedEvent> stopAnnouncement(ClusterMembership members) {
      return closed -> members.stopping();
    }

    /// The only process asks for no lock: after a kill, it would wait for its own one.
    @Bean
    ClusterJobs clusterJobs(JobLocks rows, ClusterMembership members) {
      return members.isSole() ? ClusterJobs.SOLE : LockedJobs.of(rows, members.self().id());
    }

    @Bean
    ThreadClaims threadClaims(OwnerRepository owners, ClusterMembership members, Clock clock) {
      return new ThreadClaims(owners, members, clock);
    }

    /// The name of the bean is that of the component.
    @Bean("cluster")
    @ConditionalOnProperty(ADDRESS)
    ClusterHealth clusterHealth(ClusterMembership members, ThreadClaims threads) {
      return new ClusterHealth(members, threads);
    }

    @Bean
    @ConditionalOnProperty(ADDRESS)
    ClusterMeters clusterMeters(ClusterMembership members, ThreadClaims threads) {
      return new ClusterMeters(members, threads);
    }

    @Bean
    ThreadHandover threadHandover(
        ThreadClaims claims, ClusterMembership members, ClusterProperties properties) {
      return new ClaimHandover(claims, members, properties.drainTime());
    }
  }
}
