package dev.rollbook.api;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.text.Unicode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/// Refuses unknown query parameters, values with U+0000, and values with `..` as a path segment.
///
/// If unknown parameters were ignored, a client that misspells `cursor` would read the first page
/// for ever. Parameters are never used as file names, so `..` in a value is an attack or a mistake.
final class QueryParameterInterceptor implements HandlerInterceptor {
  private final ConcurrentMap<Method, Set<String>> parameters = new ConcurrentHashMap<>();

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    // Other handlers, such as that of static files, have no parameters.
    if (!(handler instanceof HandlerMethod call)) {
      return true;
    }
    var known = parameters(call.getMethod());
    request
        .getParameterMap()
        .forEach((name, values) -> {
          if (!known.contains(name)) {
            throw new InvalidRequest(name, "is not a parameter of this call");
          }
          if (!Arrays.stream(values).allMatch(Unicode::isWellFormed)) {
            throw new InvalidRequest(name, "must not contain U+0000");
          }
          if (Arrays.stream(values).anyMatch(QueryParameterInterceptor::hasParentSegment)) {
            throw new InvalidRequest(name, "must not contain .. as a path segment");
          }
        });
    return true;
  }

  private Set<String> parameters(Method call) {
    return parameters.computeIfAbsent(
        call,
        method ->
            Arrays.stream(method.getParameters())
                .filter(parameter -> parameter.isAnnotationPresent(RequestParam.class))
                .map(QueryParameterInterceptor::name)
                .collect(Collectors.toUnmodifiableSet()));
  }

  private static String name(Parameter parameter) {
    var given = parameter.getAnnotation(RequestParam.class).name();
    return given.isEmpty() ? parameter.getName() : given;
  }

  private static boolean hasParentSegment(String value) {
    return Arrays.asList(value.split("[/\\\\]", -1)).contains("..");
  }
}
