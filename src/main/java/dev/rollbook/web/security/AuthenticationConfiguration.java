package dev.rollbook.web.security;

import dev.rollbook.audit.AuditLog;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.limits.FailedCredentials;
import dev.rollbook.web.security.access.ScopeAuthorizationManager;
import dev.rollbook.web.security.certificate.CertificateAuthenticator;
import dev.rollbook.web.security.jwt.JwtAuthenticator;
import dev.rollbook.web.security.peer.PeerFilter;
import dev.rollbook.web.security.peer.PeerTokens;
import dev.rollbook.web.security.ticket.StreamTickets;
import dev.rollbook.web.security.ticket.TicketAuthentication;
import dev.rollbook.web.security.ticket.TicketOrHeader;
import dev.rollbook.web.security.token.BearerHeader;
import dev.rollbook.web.security.token.TokenAudit;
import dev.rollbook.web.security.token.TokenAuthenticator;
import dev.rollbook.web.security.token.TokenStore;
import io.github.bucket4j.TimeMeter;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.DefaultSecurityFilterChain;
import org.springframework.security.web.FilterChainProxy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.savedrequest.NullRequestCache;
import org.springframework.security.web.servletapi.SecurityContextHolderAwareRequestFilter;
import org.springframework.security.web.util.matcher.AnyRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// The filter chain of Spring Security, if clients have to authenticate: a token in each request or
/// a client certificate, no sessions, no cookies, no login page.
///
/// [QueryTokenFirewall] refuses tokens in URLs, [TokenAuthenticator] or [JwtAuthenticator] finds
/// the caller of the token in the header, [StreamTickets] that of a ticket for an event stream,
/// [CertificateAuthenticator] that of a request without either, [PeerFilter] that of a call which
/// another replica passes on. [ScopeAuthorizationManager] decides whether the caller may send the
/// request, and [AuthenticationProblems] writes refusals. Another kind of credential is another
/// authentication filter that sets the same kind of caller.
///
/// The chain is built from the filters of Spring Security that are needed, without its builder
/// `HttpSecurity`. The builder adds six more: for sessions, saved requests, anonymous callers,
/// asynchronous requests and the servlet API. They made the stack of each request 15 frames deeper,
/// which virtual threads copy at each wait. Nothing here needs protection against CSRF: no browser
/// sends a token by itself, and [OriginFilter], which comes first, refuses pages of other origins,
/// for which a browser would send a client certificate.
@Configuration(proxyBeanMethods = false)
@Conditional(AuthenticationCondition.class)
class AuthenticationConfiguration {
  private static final RequestMatcher ACTUATOR =
      request -> request.getServletPath().startsWith("/actuator");

  @Bean
  TokenStore tokenStore(SecurityProperties security, DataDir dataDir) {
    return new TokenStore(
        security.tokensFile(),
        security.localToken() ? dataDir.localToken() : null,
        security.defaultTenant());
  }

  @Bean
  TokenAudit tokenAudit(TokenStore tokens, AuditLog audit) {
    return new TokenAudit(tokens, audit);
  }

  /// The health endpoint asks the request for the caller, to decide about details.
  @Bean
  FilterChainProxy springSecurityFilterChain(
      TokenStore tokens,
      ObjectProvider<JwtAuthenticator> jwt,
      ObjectProvider<CertificateAuthenticator> certificates,
      ObjectProvider<PeerTokens> peers,
      StreamTickets tickets,
      Clock clock,
      TimeMeter time,
      RefusedRequests refusals,
      SecurityProperties security,
      @Lazy @Qualifier("handlerExceptionResolver") HandlerExceptionResolver errors)
      throws ServletException {
    var failures = new FailedCredentials(time, security.failedCredentials());
    var problems = new AuthenticationProblems(refusals, failures, errors);
    var authentication = new ArrayList<Filter>();
    peers.ifAvailable(peerTokens -> authentication.add(PeerFilter.of(peerTokens, problems)));
    authentication.add(
        credentials(
            byForm(new TokenAuthenticator(tokens, clock), jwt.getIfAvailable(), tickets),
            problems));
    certificates.ifAvailable(authenticator -> authentication.add(authenticator.filter()));
    var translation = translation(problems);
    var authorization = new AuthorizationFilter(new ScopeAuthorizationManager());
    var chains =
        List.<SecurityFilterChain>of(
            chain(ACTUATOR, authentication, callerOfRequest(), translation, authorization),
            chain(AnyRequestMatcher.INSTANCE, authentication, translation, authorization));
    var proxy = new FilterChainProxy(chains);
    var firewall = new QueryTokenFirewall(refusals);
    proxy.setFirewall(firewall);
    proxy.setRequestRejectedHandler(firewall);
    return proxy;
  }

  private static SecurityFilterChain chain(
      RequestMatcher requests, List<Filter> authentication, Filter... others) {
    return new DefaultSecurityFilterChain(
        requests, Stream.concat(authentication.stream(), Stream.of(others)).toList());
  }

  private static BearerTokenAuthenticationFilter credentials(
      AuthenticationManager authenticator, AuthenticationProblems problems) {
    var converter = new TicketOrHeader(new BearerHeader());
    var filter = new BearerTokenAuthenticationFilter(authenticator, converter);
    filter.setAuthenticationEntryPoint(problems);
    filter.setAuthenticationFailureHandler(problems);
    return filter;
  }

  /// Tokens of Rollbook go to the tokens file, others to the issuer.
  private static AuthenticationManager byForm(
      TokenAuthenticator tokens, @Nullable JwtAuthenticator jwt, StreamTickets tickets) {
    return request -> {
      if (request instanceof TicketAuthentication) {
        return tickets.authenticate(request);
      }
      return jwt == null || TokenAuthenticator.isToken(request)
          ? tokens.authenticate(request)
          : jwt.authenticate(request);
    };
  }

  private static ExceptionTranslationFilter translation(AuthenticationProblems problems) {
    var filter = new ExceptionTranslationFilter(problems, new NullRequestCache());
    filter.setAccessDeniedHandler(problems);
    return filter;
  }

  private static SecurityContextHolderAwareRequestFilter callerOfRequest() throws ServletException {
    var filter = new SecurityContextHolderAwareRequestFilter();
    filter.afterPropertiesSet();
    return filter;
  }
}
