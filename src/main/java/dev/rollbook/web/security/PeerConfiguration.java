package dev.rollbook.web.security;

import dev.rollbook.cluster.ClusterProperties;
import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.http.FilterOrder;
import dev.rollbook.web.limits.FailedCredentials;
import dev.rollbook.web.security.peer.ClusterKeys;
import dev.rollbook.web.security.peer.ClusterKeys.Purpose;
import dev.rollbook.web.security.peer.ConditionalOnCluster;
import dev.rollbook.web.security.peer.PeerFilter;
import dev.rollbook.web.security.peer.PeerTokens;
import io.github.bucket4j.TimeMeter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.time.Clock;
import java.util.Objects;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// Tokens of replicas, if this process is one of several. If clients have to authenticate, the
/// chain of [AuthenticationConfiguration] verifies them. If not, a filter of its own does: a client
/// must not pass for a replica, which has no share of its own of the limits.
@Configuration(proxyBeanMethods = false)
@ConditionalOnCluster
class PeerConfiguration {
  @Bean
  PeerTokens peerTokens(ClusterProperties cluster, Clock clock) {
    var secret = Objects.requireNonNull(cluster.secret());
    return new PeerTokens(ClusterKeys.derive(secret, Purpose.PEER_TOKEN), clock);
  }

  @Bean
  @Conditional(WithoutAuthentication.class)
  FilterRegistrationBean<Filter> peerFilter(
      PeerTokens tokens,
      TimeMeter time,
      RefusedRequests refusals,
      SecurityProperties security,
      @Lazy @Qualifier("handlerExceptionResolver") HandlerExceptionResolver errors) {
    var failures = new FailedCredentials(time, security.failedCredentials());
    var problems = new AuthenticationProblems(refusals, failures, errors);
    var registration = new FilterRegistrationBean<>(PeerFilter.alone(tokens, problems));
    registration.setDispatcherTypes(DispatcherType.REQUEST);
    registration.setOrder(FilterOrder.AUTHENTICATION);
    return registration;
  }

  static final class WithoutAuthentication implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return !AuthenticationCondition.isRequired(context.getEnvironment());
    }
  }
}
