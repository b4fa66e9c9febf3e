package dev.rollbook.api;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.Unicode;
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

/// Refuses parameters that the call does not have, that are no text, and `..` as a step of a path
/// in any of them. A parameter that is passed over would make a client that misspells `cursor` read
/// the first page for ever.
///
/// No parameter becomes the name of a file here; who sends one means harm or a mistake, and a clear
/// no serves both.
final class ParameterCheck implements HandlerInterceptor {
  private final ConcurrentMap<Method, Set<String>> parameters = new ConcurrentHashMap<>();

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    // What is no method, such as a static file, takes no parameters and has no answer for bad ones.
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
            throw new InvalidRequest(name, "must be text: it has U+0000");
          }
          if (Arrays.stream(values).anyMatch(ParameterCheck::climbs)) {
            throw new InvalidRequest(name, "must not have .. as a step of a path");
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
                .map(ParameterCheck::name)
                .collect(Collectors.toUnmodifiableSet()));
  }

  private static String name(Parameter parameter) {
    var given = parameter.getAnnotation(RequestParam.class).name();
    return given.isEmpty() ? parameter.getName() : given;
  }

  private static boolean climbs(String value) {
    return Arrays.asList(value.split("[/\\\\]", -1)).contains("..");
  }
}
