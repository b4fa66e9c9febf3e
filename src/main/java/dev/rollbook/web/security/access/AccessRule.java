package dev.rollbook.web.security.access;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/// A line of [AccessRules]: some requests, and the scopes that they all need.
///
/// @param methods of the requests; empty for all methods
/// @param path of the requests, compared as Spring MVC compares it
/// @param parameter query parameter that the request must have; null if there is none
/// @param scopes that the caller must have, all of them; empty if the request needs no token
public record AccessRule(
    Set<HttpMethod> methods, PathPattern path, @Nullable String parameter, List<Scope> scopes) {

  static AccessRule of(HttpMethod method, String pattern, Scope... scopes) {
    // Every GET mapping also serves HEAD.
    var methods = method.equals(HttpMethod.GET) ? Set.of(method, HttpMethod.HEAD) : Set.of(method);
    return new AccessRule(methods, parse(pattern), null, List.of(scopes));
  }

  static AccessRule ofAllMethods(String pattern, Scope... scopes) {
    return new AccessRule(Set.of(), parse(pattern), null, List.of(scopes));
  }

  AccessRule withParameter(String name) {
    return new AccessRule(methods, path, name, scopes);
  }

  public String pattern() {
    return path.getPatternString();
  }

  public boolean isOpen() {
    return scopes.isEmpty();
  }

  boolean isOfMethod(HttpMethod method) {
    return methods.isEmpty() || methods.contains(method);
  }

  /// Whether the path and the parameters of a request match, whatever its method is.
  boolean matches(PathContainer requested, HttpServletRequest request) {
    return path.matches(requested) && (parameter == null || hasParameter(request, parameter));
  }

  private static PathPattern parse(String pattern) {
    return PathPatternParser.defaultInstance.parse(pattern);
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
