package dev.rollbook.web.security;

import dev.rollbook.access.AccessPolicy;
import dev.rollbook.cluster.ClusterProperties;
import dev.rollbook.web.security.access.CallerAccess;
import dev.rollbook.web.security.peer.ClusterKeys;
import dev.rollbook.web.security.peer.ClusterKeys.Purpose;
import dev.rollbook.web.security.ticket.StreamTickets;
import dev.rollbook.web.security.token.TokenStore;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/// Which threads each caller can see, from the settings of access control; tickets for event
/// streams.
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
  @Bean
  AccessPolicy accessPolicy(SecurityProperties security, Environment environment) {
    return security.accessPolicy(AuthenticationCondition.isRequired(environment));
  }

  @Bean
  CallerAccess callerAccess(AccessPolicy policy, Environment environment) {
    return new CallerAccess(policy, AuthenticationCondition.isRequired(environment));
  }

  /// Also without authentication, so that the same page works in both modes. All replicas accept
  /// the same tickets, because a page reconnects to any of them.
  @Bean
  StreamTickets streamTickets(
      ObjectProvider<TokenStore> tokens, ClusterProperties cluster, Clock clock) {
    var key =
        cluster.secret() == null
            ? StreamTickets.randomKey()
            : ClusterKeys.derive(cluster.secret(), Purpose.STREAM_TICKET);
    return new StreamTickets(tokens.getIfAvailable(), clock, key);
  }
}
