package dev.rollbook.web.security;

import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.rollbook.api.ErrorTable;
import dev.rollbook.api.Problem;
import dev.rollbook.api.SecurityHeaders;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/// Refuses requests that a web page of another origin has made a browser send, and those under a
/// name that is not this service's.
///
/// Browsers say on whose behalf they ask, in `Origin` and `Sec-Fetch-Site`, which no page can
/// change; other clients send neither and are let through. A body without `Content-Type` is refused
/// because a page can send it anywhere without asking first (a preflight), like a form.
final class OriginFilter extends HttpFilter {
  private static final String SEC_FETCH_SITE = "Sec-Fetch-Site";
  private static final Set<String> NOT_FROM_A_PAGE_OR_OUR_OWN = Set.of("none", "same-origin");
  private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
  private static final String REQUEST_HEADERS =
      "Accept, Content-Encoding, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range,"
          + " Last-Event-ID, Range, traceparent, tracestate";
  private static final String RESPONSE_HEADERS =
      "Content-Range, ETag, If-Match, Last-Event-ID, Last-Modified, Location, Retry-After";
  private static final String PREFLIGHT_SECONDS = "600";

  private final transient HostNames hosts;
  private final transient Set<Origin> allowed;

  OriginFilter(OriginProperties properties) {
    this.hosts = new HostNames(properties.allowedHosts());
    this.allowed =
        properties.allowedOrigins().stream()
            .map(Origin::parse)
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
    if (!isOurName(request)) {
      refuse(response, ErrorTable.misdirected());
      return;
    }
    boolean listed = isFromListedOrigin(request);
    if (!listed && isFromForeignPage(request)) {
      refuse(response, ErrorTable.originNotAllowed());
      return;
    }
    if (listed) {
      allowReading(request, response);
      if (isPreflight(request)) {
        answerPreflight(response);
        return;
      }
    } else if (!allowed.isEmpty()) {
      response.addHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
    }
    if (!isTypeClear(request)) {
      refuse(response, ErrorTable.unclearType());
      return;
    }
    chain.doFilter(request, response);
  }

  /// Where forwarded headers are heeded, the name that they give counts as well as the one in
  /// `Host`. Only HTTP/1.0 may leave it out, which no browser does.
  private boolean isOurName(HttpServletRequest request) {
    var host = request.getHeader(HttpHeaders.HOST);
    return host == null || (hosts.allows(host) && hosts.allows(request.getServerName()));
  }

  private boolean isFromListedOrigin(HttpServletRequest request) {
    var origins = origins(request);
    return origins.size() == 1
        && Origin.parse(origins.getFirst()).filter(allowed::contains).isPresent();
  }

  private static boolean isFromForeignPage(HttpServletRequest request) {
    var own = Optional.of(Origin.of(request));
    if (!origins(request).stream().map(Origin::parse).allMatch(own::equals)) {
      return true;
    }
    var site = request.getHeader(SEC_FETCH_SITE);
    return site != null && !NOT_FROM_A_PAGE_OR_OUR_OWN.contains(site) && !isNavigation(request);
  }

  /// A link that somebody follows, from wherever: the answer is shown to them and not to the page.
  /// Frames are no such thing, and neither is what a browser fetches ahead.
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

  private static boolean isPreflight(HttpServletRequest request) {
    return HttpMethod.OPTIONS.matches(request.getMethod())
        && request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD) != null;
  }

  /// The browser holds its page to what is said here.
  private static void answerPreflight(HttpServletResponse response) {
    response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    response.setHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
  }

  /// Spring throws for every request whose type is a wildcard, with a body or without.
  private static boolean isTypeClear(HttpServletRequest request) {
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

  private static void refuse(HttpServletResponse response, Problem problem) throws IOException {
    problem.writeTo(response);
  }
}
