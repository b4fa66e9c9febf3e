package dev.rollbook.cluster;

import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Beans of the replicas.
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {
  @Bean
  SoleReplica soleReplica(ObjectProvider<BuildProperties> build) {
    var version = build.stream().map(BuildProperties::getVersion).findFirst().orElse("0");
    return new SoleReplica(new Replica(UUID.randomUUID(), "this process", null, version, false));
  }
}
