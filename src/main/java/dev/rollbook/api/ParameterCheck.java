package dev.rollbook.api;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.Unicode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/// Refuses parameters that are no text, and `..` as a step of a path in any of them.
///
/// No parameter becomes the name of a file here; who sends one means harm or a mistake, and a clear
/// no serves both.
final class ParameterCheck implements HandlerInterceptor {
  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    // What is no method, such as a static file, takes no parameters and has no answer for bad ones.
    if (!(handler instanceof HandlerMethod)) {
      return true;
    }
    request
        .getParameterMap()
        .forEach((name, values) -> {
          if (!Arrays.stream(values).allMatch(Unicode::isWellFormed)) {
            throw new InvalidRequest(name, "must be text: it has U+0000");
          }
          if (Arrays.stream(values).anyMatch(ParameterCheck::climbs)) {
            throw new InvalidRequest(name, "must not have .. as a step of a path");
          }
        });
    return true;
  }

  private static boolean climbs(String value) {
    return Arrays.asList(value.split("[/\\\\]", -1)).contains("..");
  }
}
