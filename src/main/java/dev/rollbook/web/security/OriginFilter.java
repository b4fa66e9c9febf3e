package dev.rollbook.web.security;

import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.audit.RefusedRequests.Reason;
import dev.rollbook.web.http.ApiProblem;
import dev.rollbook.web.http.SecurityHeaders;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.cors.CorsUtils;

/// Protection against cross-site requests and DNS rebinding: refuses requests from web pages of
/// other origins, and requests whose `Host` is not a name of this service.
///
/// Browsers state where a request comes from in the headers `Origin` and `Sec-Fetch-Site`, which no
/// page can change. Other clients send neither header and are accepted. A body without
/// `Content-Type` is refused, because a page of any origin can send such a body without a preflight
/// request.
final class OriginFilter extends HttpFilter {
  private static final String SEC_FETCH_SITE = "Sec-Fetch-Site";
  private static final Set<String> SAME_SITE_VALUES = Set.of("none", "same-origin");
  private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
  private static final String REQUEST_HEADERS =
      "Accept, Authorization, Content-Encoding, Content-Type, If-Match, If-Modified-Since,"
          + " If-None-Match, If-Range, Last-Event-ID, Range, traceparent, tracestate";
  private static final String RESPONSE_HEADERS =
      "Content-Range, ETag, If-Match, Last-Event-ID, Last-Modified, Location, Retry-After,"
          + " WWW-Authenticate";
  private static final String PREFLIGHT_SECONDS = "600";

  private final transient AllowedHosts hosts;
  private final transient Set<WebOrigin> allowed;
  private final transient RefusedRequests refusals;

  /// @param address where other replicas reach this one, whose host is allowed, too; null for none
  OriginFilter(OriginProperties properties, @Nullable URI address, RefusedRequests refusals) {
    this.refusals = refusals;
    var names = new ArrayList<>(properties.allowedHosts());
    if (address != null) {
      names.add(address.getHost());
    }
    this.hosts = new AllowedHosts(names);
    this.allowed =
        properties.allowedOrigins().stream()
            .map(WebOrigin::parse)
            .flatMap(Optional::stream)
            .collect(toUnmodifiableSet());
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    SecurityHeaders.set(request, response);
    if (request.getDispatcherType() != DispatcherType.REQUEST) {
      chain.doFilter(request, response);
      return;
    }
    if (!isKnownHost(request)) {
      refusals.add(request, Reason.HOST, HttpStatus.MISDIRECTED_REQUEST);
      ApiProblem.of(
              HttpStatus.MISDIRECTED_REQUEST,
              "misdirected_request",
              "the Host header names neither an IP address nor localhost: add the name to"
                  + " rollbook.http.allowed-hosts if it is this service's",
              ApiProblem.Recovery.NONE)
          .writeTo(response);
      return;
    }
    boolean listed = isFromListedOrigin(request);
    if (!listed && isFromForeignPage(request)) {
      refusals.add(request, Reason.ORIGIN, HttpStatus.FORBIDDEN);
      ApiProblem.of(
              HttpStatus.FORBIDDEN,
              "origin_not_allowed",
              "the request comes from a web page of another origin: add the origin to"
                  + " rollbook.http.allowed-origins if that page may use this service",
              ApiProblem.Recovery.NONE)
          .writeTo(response);
      return;
    }
    if (listed) {
      allowReading(request, response);
      if (CorsUtils.isPreFlightRequest(request)) {
        answerPreflight(response);
        return;
      }
    } else if (!allowed.isEmpty()) {
      response.addHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
    }
    if (!hasValidType(request)) {
      ApiProblem.of(
              HttpStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type must name the type of the body")
          .writeTo(response);
      return;
    }
    chain.doFilter(request, response);
  }

  /// If forwarded headers are used, their host is checked in addition to `Host`. Only HTTP/1.0
  /// requests may lack `Host`, and no browser sends HTTP/1.0.
  private boolean isKnownHost(HttpServletRequest request) {
    var host = request.getHeader(HttpHeaders.HOST);
    return host == null || (hosts.allows(host) && hosts.allows(request.getServerName()));
  }

  private boolean isFromListedOrigin(HttpServletRequest request) {
    var origins = origins(request);
    return origins.size() == 1
        && WebOrigin.parse(origins.getFirst()).filter(allowed::contains).isPresent();
  }

  private static boolean isFromForeignPage(HttpServletRequest request) {
    var origins = origins(request);
    if (!origins.isEmpty()) {
      var own = Optional.of(WebOrigin.of(request));
      if (!origins.stream().map(WebOrigin::parse).allMatch(own::equals)) {
        return true;
      }
    }
    var site = request.getHeader(SEC_FETCH_SITE);
    return site != null && !SAME_SITE_VALUES.contains(site) && !isNavigation(request);
  }

  /// Whether a person follows a link. It may be on a page of any site, because that page cannot see
  /// the response. Requests of frames and prefetches are not navigations.
  private static boolean isNavigation(HttpServletRequest request) {
    var method = request.getMethod();
    return (HttpMethod.GET.matches(method) || HttpMethod.HEAD.matches(method))
        && "navigate".equals(request.getHeader("Sec-Fetch-Mode"))
        && "document".equals(request.getHeader("Sec-Fetch-Dest"))
        && request.getHeader("Sec-Purpose") == null
        && request.getHeader("Purpose") == null;
  }

  private static void allowReading(HttpServletRequest request, HttpServletResponse response) {
    response.setHeader(
        HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, request.getHeader(HttpHeaders.ORIGIN));
    response.setHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    response.addHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
  }

  /// The browser enforces these headers for its page.
  private static void answerPreflight(HttpServletResponse response) {
    response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    response.setHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
  }

  /// Spring throws for every request whose type is a wildcard, with or without a body.
  private static boolean hasValidType(HttpServletRequest request) {
    var type = typeWithoutParameters(request.getContentType());
    return type.isBlank() ? !hasBody(request) : type.indexOf('*') < 0;
  }

  private static boolean hasBody(HttpServletRequest request) {
    return request.getContentLengthLong() > 0
        || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
  }

  private static String typeWithoutParameters(@Nullable String type) {
    return type == null ? "" : type.split(";", 2)[0];
  }

  private static List<String> origins(HttpServletRequest request) {
    return Collections.list(request.getHeaders(HttpHeaders.ORIGIN));
  }
}
