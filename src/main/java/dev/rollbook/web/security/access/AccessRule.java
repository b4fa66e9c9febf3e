package dev.rollbook.web.security.access;

import dev.rollbook.web.http.RequestForm;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/// A line of [AccessRules]: some requests, and the scopes that they all need.
///
/// @param methods of the requests; empty for all methods
/// @param path of the requests, compared as Spring MVC compares it
/// @param form of the requests
/// @param scopes that the caller must have, all of them; empty if the request needs no token
public record AccessRule(
    Set<HttpMethod> methods, PathPattern path, RequestForm form, List<Scope> scopes) {

  static AccessRule of(HttpMethod method, String pattern, Scope... scopes) {
    // Every GET mapping also serves HEAD.
    var methods = method.equals(HttpMethod.GET) ? Set.of(method, HttpMethod.HEAD) : Set.of(method);
    return new AccessRule(methods, parse(pattern), RequestForm.ANY, List.of(scopes));
  }

  static AccessRule ofAllMethods(String pattern, Scope... scopes) {
    return new AccessRule(Set.of(), parse(pattern), RequestForm.ANY, List.of(scopes));
  }

  AccessRule only(RequestForm ofForm) {
    return new AccessRule(methods, path, ofForm, scopes);
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

  /// Whether the path and the form of a request match, whatever its method is.
  boolean matches(PathContainer requested, HttpServletRequest request) {
    return path.matches(requested) && form.matches(request);
  }

  private static PathPattern parse(String pattern) {
    return PathPatternParser.defaultInstance.parse(pattern);
  }
}
