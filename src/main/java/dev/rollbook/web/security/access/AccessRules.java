package dev.rollbook.web.security.access;

import static dev.rollbook.web.security.access.Scope.APPEND;
import static dev.rollbook.web.security.access.Scope.EXPORT;
import static dev.rollbook.web.security.access.Scope.IMPORT;
import static dev.rollbook.web.security.access.Scope.MANAGE;
import static dev.rollbook.web.security.access.Scope.METRICS;
import static dev.rollbook.web.security.access.Scope.OPERATE;
import static dev.rollbook.web.security.access.Scope.READ;
import static org.springframework.http.HttpMethod.DELETE;
import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.PATCH;
import static org.springframework.http.HttpMethod.POST;
import static org.springframework.http.HttpMethod.PUT;

import dev.rollbook.web.http.RequestForm;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.ServletRequestPathUtils;

/// Which call needs which scopes: the only table of them. A call without a line here is denied.
///
/// The first line that matches decides. The lines of a method are compared in order, so appends are
/// first. The open lines hold no data: probes, the status without its details, the files of the
/// console, and the API page.
public final class AccessRules {
  private static final String THREADS = "/v1/threads";
  private static final String THREAD = THREADS + "/{threadId}";
  private static final String TURNS = THREAD + "/turns";
  private static final String TURN = TURNS + "/{turnId}";

  private static final List<AccessRule> ALL =
      List.of(
          AccessRule.of(POST, TURN + "/items", APPEND),
          AccessRule.of(POST, THREAD + "/items", APPEND),
          AccessRule.of(POST, TURNS, APPEND),
          AccessRule.of(POST, TURN + "/complete", APPEND),
          AccessRule.of(POST, TURN + "/interrupt", APPEND),
          AccessRule.of(POST, TURN + "/fail", APPEND),
          AccessRule.of(POST, THREADS, APPEND),
          AccessRule.of(POST, THREAD + "/resume", APPEND),
          AccessRule.of(POST, THREAD + "/fork", APPEND),
          AccessRule.of(PUT, THREAD + "/gaps/{gapId}/items", APPEND),
          AccessRule.of(GET, THREAD + "/items", READ),
          AccessRule.of(GET, THREAD + "/items/{ordinal}", READ),
          AccessRule.of(GET, THREAD + "/events", READ),
          AccessRule.of(GET, THREAD, READ),
          AccessRule.of(GET, THREADS, READ),
          AccessRule.of(GET, TURNS, READ),
          AccessRule.of(GET, TURN, READ),
          AccessRule.of(GET, THREAD + "/gaps", READ),
          AccessRule.of(GET, THREAD + "/rollout", EXPORT).only(RequestForm.OTHER_FORMAT),
          AccessRule.of(GET, THREAD + "/rollout", READ),
          AccessRule.of(GET, "/v1/events", READ),
          AccessRule.of(POST, "/v1/stream-tickets", READ),
          AccessRule.of(GET, "/v1/facets", READ),
          AccessRule.of(GET, "/v1/gaps", READ),
          AccessRule.of(GET, "/v1/usage", READ),
          AccessRule.of(GET, "/v1/search", READ),
          AccessRule.of(PATCH, THREAD, MANAGE),
          AccessRule.of(DELETE, THREAD, MANAGE),
          AccessRule.of(POST, THREAD + "/archive", MANAGE),
          AccessRule.of(POST, THREAD + "/unarchive", MANAGE),
          AccessRule.of(POST, THREAD + "/shutdown", MANAGE),
          AccessRule.of(POST, THREAD + "/discard", MANAGE),
          AccessRule.of(POST, "/v1/imports", IMPORT).only(RequestForm.ROLLOUT_BODY),
          AccessRule.of(POST, "/v1/imports", IMPORT, OPERATE),
          AccessRule.of(GET, "/v1/imports", IMPORT),
          AccessRule.of(GET, "/v1/imports/{importId}", IMPORT),
          AccessRule.of(POST, "/v1/imports/{importId}/cancel", IMPORT),
          AccessRule.of(POST, THREAD + "/export", EXPORT, OPERATE),
          AccessRule.of(GET, "/actuator/health"),
          AccessRule.of(GET, "/actuator/health/liveness"),
          AccessRule.of(GET, "/actuator/health/readiness"),
          AccessRule.of(GET, "/actuator/prometheus", METRICS),
          AccessRule.ofAllMethods("/actuator/**", OPERATE),
          AccessRule.of(GET, "/"),
          AccessRule.of(GET, "/console/**"),
          AccessRule.of(GET, "/swagger-ui.html"),
          AccessRule.of(GET, "/swagger-ui/**"),
          AccessRule.of(GET, "/v3/api-docs"),
          AccessRule.ofAllMethods("/error"));

  private static final Map<String, List<AccessRule>> BY_METHOD =
      Arrays.stream(HttpMethod.values())
          .collect(
              Collectors.toUnmodifiableMap(
                  HttpMethod::name,
                  method -> ALL.stream().filter(rule -> rule.isOfMethod(method)).toList()));
  private static final List<AccessRule> OF_ALL_METHODS =
      ALL.stream().filter(rule -> rule.methods().isEmpty()).toList();

  private AccessRules() {}

  public static List<AccessRule> all() {
    return ALL;
  }

  /// The rule of a call, by the pattern of its path. Empty if requests of this form have none of
  /// their own.
  public static Optional<AccessRule> of(String method, String pattern, RequestForm form) {
    return ALL.stream()
        .filter(rule -> rule.form() == form && rule.pattern().equals(pattern))
        .filter(rule -> rule.methods().contains(HttpMethod.valueOf(method)))
        .findFirst();
  }

  /// The rule of a request; empty if it is denied.
  public static Optional<AccessRule> of(HttpServletRequest request) {
    var path = path(request);
    for (var rule : BY_METHOD.getOrDefault(request.getMethod(), OF_ALL_METHODS)) {
      if (rule.matches(path, request)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }

  /// The methods that the path of a request supports; empty if there is no such path.
  public static Set<String> methodsOfPath(HttpServletRequest request) {
    var methods = new TreeSet<String>();
    var path = path(request);
    ALL.stream()
        .filter(rule -> rule.path().matches(path))
        .flatMap(rule -> rule.methods().stream())
        .forEach(method -> methods.add(method.name()));
    return methods;
  }

  private static PathContainer path(HttpServletRequest request) {
    return ServletRequestPathUtils.parseAndCache(request).pathWithinApplication();
  }
}
