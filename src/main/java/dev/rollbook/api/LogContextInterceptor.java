package dev.rollbook.api;

import static org.springframework.web.servlet.HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE;

import dev.rollbook.model.LogFields;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;

/// Sets the MDC fields of a request: ids of thread and turn from the path, and trace and span id
/// from the header `traceparent`.
///
/// Ids in the path that are not well-formed are left out, because they can be any text. If tracing
/// has already set a trace id, the header is ignored.
@Component
public final class LogContextInterceptor implements HandlerInterceptor {
  private static final String FIELDS = LogContextInterceptor.class.getName();
  private static final String TRACE = "traceId";
  private static final String SPAN = "spanId";

  /// W3C Trace Context: version, trace id, span id, flags.
  private static final Pattern TRACEPARENT =
      Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?");

  private static final int ID_LENGTH = 36;

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    var fields = LogFields.none();
    if (request.getAttribute(URI_TEMPLATE_VARIABLES_ATTRIBUTE) instanceof Map<?, ?> path) {
      name(fields, LogFields.THREAD, path.get("threadId"));
      name(fields, LogFields.TURN, path.get("turnId"));
    }
    name(fields, request.getHeader("traceparent"));
    request.setAttribute(FIELDS, fields);
    return true;
  }

  @Override
  public void afterCompletion(
      HttpServletRequest request,
      HttpServletResponse response,
      Object handler,
      @Nullable Exception failed) {
    if (request.getAttribute(FIELDS) instanceof LogFields fields) {
      fields.close();
    }
  }

  private static void name(LogFields fields, String name, @Nullable Object id) {
    if (id instanceof String text && isId(text)) {
      fields.with(name, text);
    }
  }

  /// Runs for every request, so no regular expression.
  private static boolean isId(String text) {
    return text.length() == ID_LENGTH
        && text.chars().allMatch(c -> c == '-' || HexFormat.isHexDigit(c));
  }

  private static void name(LogFields fields, @Nullable String traceparent) {
    if (traceparent == null || MDC.get(TRACE) != null) {
      return;
    }
    var parts = TRACEPARENT.matcher(traceparent);
    if (parts.matches()) {
      fields.with(TRACE, parts.group(1)).with(SPAN, parts.group(2));
    }
  }
}
