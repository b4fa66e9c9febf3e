package dev.rollbook.web.security;

import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.audit.RefusedRequests.Reason;
import dev.rollbook.web.http.ApiProblem;
import dev.rollbook.web.http.ApiProblem.Recovery;
import dev.rollbook.web.http.QueryParts;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.security.web.firewall.FirewalledRequest;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.RequestRejectedHandler;

/// Firewall of Spring Security that refuses requests with a token in the query, and nothing else.
///
/// URLs are stored in the logs of proxies and in the histories of shells and browsers, so a token
/// that was in a URL should be replaced. The firewall comes before all filters of the chain, some
/// of which log the query at DEBUG.
///
/// The firewall that Spring Security has by default would refuse texts in headers and parameters
/// that are valid here. `StrictPathFilter` has refused ambiguous paths before.
final class QueryTokenFirewall implements HttpFirewall, RequestRejectedHandler {
  private static final Set<String> TOKEN_PARAMETERS = Set.of("access_token", "token");

  private final RefusedRequests refusals;

  QueryTokenFirewall(RefusedRequests refusals) {
    this.refusals = refusals;
  }

  @Override
  public FirewalledRequest getFirewalledRequest(HttpServletRequest request) {
    if (QueryParts.names(request).anyMatch(TOKEN_PARAMETERS::contains)) {
      throw new RequestRejectedException("a token is in the query");
    }
    return new FirewalledRequest(request) {
      @Override
      public void reset() {}
    };
  }

  @Override
  public HttpServletResponse getFirewalledResponse(HttpServletResponse response) {
    return response;
  }

  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, RequestRejectedException rejected)
      throws IOException {
    refusals.add(request, Reason.TOKEN_IN_QUERY, HttpStatus.BAD_REQUEST);
    ApiProblem.of(
            HttpStatus.BAD_REQUEST,
            "token_in_query",
            "a token must not be in the URL, which logs and histories keep: send it in the header"
                + " Authorization, and replace this token",
            Recovery.NONE)
        .writeTo(response);
  }
}
