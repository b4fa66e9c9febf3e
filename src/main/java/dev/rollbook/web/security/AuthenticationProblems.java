package dev.rollbook.web.security;

import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.audit.RefusedRequests.Reason;
import dev.rollbook.web.http.ApiProblem;
import dev.rollbook.web.http.ApiProblem.Recovery;
import dev.rollbook.web.limits.ClientAddress;
import dev.rollbook.web.limits.FailedCredentials;
import dev.rollbook.web.security.access.AccessRules;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Caller.Mechanism;
import dev.rollbook.web.security.access.Scope;
import dev.rollbook.web.security.certificate.UnmappedCertificateException;
import dev.rollbook.web.security.jwt.UnmappedClaimsException;
import dev.rollbook.web.security.peer.PeerTokenRefusedException;
import dev.rollbook.web.security.ticket.TicketRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.CredentialsExpiredException;
import org.springframework.security.authorization.AuthorityAuthorizationDecision;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.WebAttributes;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// Writes the responses to requests that are refused because of their credential or its scopes, as
/// problems (RFC 9457) and, for tokens, with the header of RFC 6750.
///
/// A caller with a credential learns whether a path exists, as without authentication. A caller
/// without one gets 401 for every path that is not open.
final class AuthenticationProblems
    implements AuthenticationEntryPoint, AuthenticationFailureHandler, AccessDeniedHandler {
  private static final String RETRY_SECONDS = "2";
  private static final String TOO_MANY =
      "too many credentials from this address were refused: correct the token of the client, then"
          + " wait for the time in Retry-After";

  private static final String CHALLENGE = "Bearer";
  private static final String INVALID_TOKEN = "Bearer error=\"invalid_token\"";

  private final RefusedRequests refusals;
  private final FailedCredentials failures;
  private final HandlerExceptionResolver errors;

  AuthenticationProblems(
      RefusedRequests refusals, FailedCredentials failures, HandlerExceptionResolver errors) {
    this.refusals = refusals;
    this.failures = failures;
    this.errors = errors;
  }

  @Override
  public void commence(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException refusal)
      throws IOException {
    switch (refusal) {
      case AuthenticationServiceException e -> unavailable(response);
      case UnmappedClaimsException e -> {
        refusals.add(request, Reason.FORBIDDEN, HttpStatus.FORBIDDEN);
        forbidden("the token " + e.getMessage()).writeTo(response);
      }
      case AuthenticationCredentialsNotFoundException e -> withoutToken(request, response);
      case TicketRefusedException e -> invalid(request, response, e.detail());
      case PeerTokenRefusedException e -> {
        // Also for 429, so that the peer knows that its client is not refused.
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, PeerTokenRefusedException.CHALLENGE);
        invalid(request, response, PeerTokenRefusedException.CHALLENGE, e.detail());
      }
      case CredentialsExpiredException e ->
          invalid(request, response, "the token has expired: use a new one");
      default ->
          invalid(
              request,
              response,
              "the token is not accepted: it is unknown, malformed or was revoked");
    }
  }

  /// If the client certificate was refused, the reason is in the request.
  private void withoutToken(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    switch (request.getAttribute(WebAttributes.AUTHENTICATION_EXCEPTION)) {
      case UnmappedCertificateException e -> {
        refusals.add(request, Reason.FORBIDDEN, HttpStatus.FORBIDDEN);
        forbidden("the client certificate " + e.getMessage()).writeTo(response);
      }
      case AuthenticationException e ->
          unauthenticated(
              request,
              response,
              CHALLENGE,
              "the client certificate cannot be read or is not valid at this time: connect with"
                  + " another one");
      case null, default ->
          unauthenticated(
              request,
              response,
              CHALLENGE,
              "the request has no token: send it as Authorization: Bearer TOKEN");
    }
  }

  @Override
  public void onAuthenticationFailure(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException refusal)
      throws IOException {
    commence(request, response, refusal);
  }

  private void invalid(HttpServletRequest request, HttpServletResponse response, String detail)
      throws IOException {
    invalid(request, response, INVALID_TOKEN, detail);
  }

  private void invalid(
      HttpServletRequest request, HttpServletResponse response, String challenge, String detail)
      throws IOException {
    var wait = failures.add(ClientAddress.of(request));
    if (wait.isPresent()) {
      refusals.addToAudit(request, HttpStatus.TOO_MANY_REQUESTS);
      errors.resolveException(
          request, response, null, new TooManyRequests(Limit.CREDENTIALS, TOO_MANY, wait.get()));
    } else {
      unauthenticated(request, response, challenge, detail);
    }
  }

  private void unauthenticated(
      HttpServletRequest request, HttpServletResponse response, String challenge, String detail)
      throws IOException {
    refusals.add(request, Reason.UNAUTHENTICATED, HttpStatus.UNAUTHORIZED);
    response.setHeader(HttpHeaders.WWW_AUTHENTICATE, challenge);
    ApiProblem.of(HttpStatus.UNAUTHORIZED, "unauthenticated", detail, Recovery.NONE)
        .writeTo(response);
  }

  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, AccessDeniedException refusal)
      throws IOException {
    if (refusal instanceof AuthorizationDeniedException denied
        && denied.getAuthorizationResult() instanceof AuthorityAuthorizationDecision decision) {
      refusals.add(request, Reason.FORBIDDEN, HttpStatus.FORBIDDEN);
      forbidden(request, response, Scope.nameOf(decision.getAuthorities().iterator().next()));
    } else {
      noSuchCall(request, response);
    }
  }

  private static void forbidden(
      HttpServletRequest request, HttpServletResponse response, String scope) throws IOException {
    boolean hasToken =
        Caller.of(request).filter(by -> by.mechanism() == Mechanism.CERTIFICATE).isEmpty();
    if (hasToken) {
      response.setHeader(
          HttpHeaders.WWW_AUTHENTICATE,
          "Bearer error=\"insufficient_scope\", scope=\"%s\"".formatted(scope));
    }
    var credential = hasToken ? "token" : "client certificate";
    forbidden("the %s lacks the scope %s, which this request needs".formatted(credential, scope))
        .with("requiredScope", scope)
        .writeTo(response);
  }

  private static ApiProblem forbidden(String detail) {
    return ApiProblem.of(HttpStatus.FORBIDDEN, "forbidden", detail, Recovery.NONE);
  }

  /// Whether the caller may send the request is not known.
  private static void unavailable(HttpServletResponse response) throws IOException {
    response.setHeader(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
    ApiProblem.of(
            HttpStatus.SERVICE_UNAVAILABLE,
            "auth_unavailable",
            "the token cannot be checked, because the keys of its issuer cannot be read: repeat the"
                + " request",
            Recovery.RETRY)
        .writeTo(response);
  }

  /// No rule allows the request to anybody.
  private static void noSuchCall(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    var methods = AccessRules.methodsOfPath(request);
    if (methods.isEmpty()) {
      ApiProblem.of(HttpStatus.NOT_FOUND, "there is no such path").writeTo(response);
    } else {
      response.setHeader(HttpHeaders.ALLOW, String.join(", ", methods));
      ApiProblem.of(
              HttpStatus.METHOD_NOT_ALLOWED,
              "Method '%s' is not supported.".formatted(request.getMethod()))
          .writeTo(response);
    }
  }
}
