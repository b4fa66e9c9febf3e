package dev.rollbook.api;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.ServletRequestPathUtils;

/// Handler mapping that compares a request only with mappings whose pattern has as many segments as
/// the path of the request.
///
/// Spring itself compares a request with all mappings that have path variables, and compares
/// `Accept` and `Content-Type` before the path. With the mappings of this API, that took 6 % of the
/// processor time of an append.
final class SegmentCountHandlerMapping extends RequestMappingHandlerMapping {
  /// Before the mapping of the actuator, whose patterns would be tried for every request.
  private static final int BEFORE_ACTUATOR = -101;

  /// Length of each mapping's pattern in elements of a [PathContainer].
  private final Map<RequestMappingInfo, Integer> lengths = new HashMap<>();

  @Override
  public int getOrder() {
    return BEFORE_ACTUATOR;
  }

  /// Called only during the start.
  @Override
  protected void registerHandlerMethod(Object handler, Method method, RequestMappingInfo mapping) {
    super.registerHandlerMethod(handler, method, mapping);
    var patterns = mapping.getPatternValues();
    if (patterns.size() == 1 && patterns.stream().noneMatch(pattern -> pattern.contains("*"))) {
      patterns.forEach(pattern -> lengths.put(mapping, length(PathContainer.parsePath(pattern))));
    }
  }

  @Override
  protected @Nullable RequestMappingInfo getMatchingMapping(
      RequestMappingInfo mapping, HttpServletRequest request) {
    var path = ServletRequestPathUtils.getParsedRequestPath(request).pathWithinApplication();
    var length = lengths.get(mapping);
    return length == null || length == length(path)
        ? super.getMatchingMapping(mapping, request)
        : null;
  }

  private static int length(PathContainer path) {
    return path.elements().size();
  }
}
