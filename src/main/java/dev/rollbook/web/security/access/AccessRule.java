package dev.rollbook.web.security.access;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/// A line of [AccessRules]: some requests, and the scopes that they all need.
///
/// @param methods of the requests; empty for all methods
/// @param pattern of the path
/// @param parameter query parameter that the request must have; null if there is none
/// @param scopes that the caller must have, all of them; empty if the request needs no token
public record AccessRule(
    Set<HttpMethod> methods, String pattern, @Nullable String parameter, List<Scope> scopes) {

  static AccessRule of(HttpMethod method, String pattern, Scope... scopes) {
    // Every GET mapping also serves HEAD.
    var methods = method.equals(HttpMethod.GET) ? Set.of(method, HttpMethod.HEAD) : Set.of(method);
    return new AccessRule(methods, pattern, null, List.of(scopes));
  }

  static AccessRule ofAllMethods(String pattern, Scope... scopes) {
    return new AccessRule(Set.of(), pattern, null, List.of(scopes));
  }

  AccessRule withParameter(String name) {
    return new AccessRule(methods, pattern, name, scopes);
  }

  public boolean isOpen() {
    return scopes.isEmpty();
  }

  public String[] authorities() {
    return scopes.stream().map(Scope::getAuthority).toArray(String[]::new);
  }

  public RequestMatcher matcher() {
    var ofMethods =
        methods.isEmpty()
            ? PathPatternRequestMatcher.pathPattern(pattern)
            : anyOf(methods.stream().map(this::matcher));
    return parameter == null
        ? ofMethods
        : request -> ofMethods.matches(request) && hasParameter(request, parameter);
  }

  /// Whether the pattern matches the path, whatever the method of the request is.
  boolean isOfPath(HttpServletRequest request) {
    return PathPatternRequestMatcher.pathPattern(pattern).matches(request);
  }

  private RequestMatcher matcher(HttpMethod method) {
    return PathPatternRequestMatcher.pathPattern(method, pattern);
  }

  private static RequestMatcher anyOf(Stream<RequestMatcher> matchers) {
    var all = matchers.toList();
    return all.size() == 1 ? all.getFirst() : new OrRequestMatcher(all);
  }

  /// Only for requests whose parameters are not in the body. A query that cannot be decoded counts
  /// as having the parameter, because the rule with the parameter is the stricter one; the
  /// controller then answers 400.
  private static boolean hasParameter(HttpServletRequest request, String name) {
    try {
      return request.getParameter(name) != null;
    } catch (IllegalStateException e) {
      return true;
    }
  }
}
