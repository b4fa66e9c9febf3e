package dev.rollbook.web.security;

import dev.rollbook.audit.AuditLog;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.web.security.access.AccessRules;
import dev.rollbook.web.security.token.TokenAudit;
import dev.rollbook.web.security.token.TokenAuthenticator;
import dev.rollbook.web.security.token.TokenStore;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authorization.AllAuthoritiesAuthorizationManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.savedrequest.NullRequestCache;

/// The filter chain of Spring Security, if clients have to authenticate: a token in each request,
/// no sessions, no cookies, no login page.
///
/// [QueryTokenFirewall] refuses tokens in URLs, [TokenAuthenticator] finds the caller of the token
/// in the header, [AccessRules] decide whether the caller may send the request, and
/// [AuthenticationProblems] writes refusals. Another kind of credential is another authentication
/// filter that sets the same kind of caller.
///
/// The features that Spring Security adds by default are disabled: its response headers would
/// compete with those of `SecurityHeaders`, nothing here needs protection against CSRF because no
/// browser sends a token by itself, and a request cache or a session would be state.
@Configuration(proxyBeanMethods = false)
@Conditional(AuthenticationCondition.class)
@EnableWebSecurity
class AuthenticationConfiguration {
  @Bean
  TokenStore tokenStore(SecurityProperties security, DataDir dataDir) {
    return new TokenStore(
        security.tokensFile(), security.localToken() ? dataDir.localToken() : null);
  }

  @Bean
  TokenAudit tokenAudit(TokenStore tokens, AuditLog audit) {
    return new TokenAudit(tokens, audit);
  }

  @Bean
  SecurityFilterChain securityFilterChain(
      HttpSecurity http, TokenStore tokens, Clock clock, AuditLog audit) {
    var problems = new AuthenticationProblems(audit);
    return http.csrf(AbstractHttpConfigurer::disable)
        .headers(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        // If it were disabled, refused requests would be kept in a session.
        .requestCache(cache -> cache.requestCache(new NullRequestCache()))
        .sessionManagement(AbstractHttpConfigurer::disable)
        .securityContext(context ->
            context.securityContextRepository(new RequestAttributeSecurityContextRepository()))
        .addFilter(bearerTokens(new TokenAuthenticator(tokens, clock), problems))
        .exceptionHandling(
            handling -> handling.authenticationEntryPoint(problems).accessDeniedHandler(problems))
        .authorizeHttpRequests(requests -> {
          for (var rule : AccessRules.all()) {
            var matched = requests.requestMatchers(rule.matcher());
            if (rule.isOpen()) {
              matched.permitAll();
            } else {
              matched.access(
                  AllAuthoritiesAuthorizationManager.hasAllAuthorities(rule.authorities()));
            }
          }
          requests.anyRequest().denyAll();
        })
        .build();
  }

  private static BearerTokenAuthenticationFilter bearerTokens(
      TokenAuthenticator authenticator, AuthenticationProblems problems) {
    var filter = new BearerTokenAuthenticationFilter(authenticator);
    filter.setAuthenticationEntryPoint(problems);
    return filter;
  }

  @Bean
  QueryTokenFirewall firewall() {
    return new QueryTokenFirewall();
  }

  /// Requests are measured by `RequestMeterFilter`.
  @Bean
  SecurityObservationSettings noObservations() {
    return SecurityObservationSettings.noObservations();
  }
}
