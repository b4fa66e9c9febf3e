package dev.rollbook.web.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import dev.rollbook.model.ThreadId;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/// An error response as defined by RFC 9457, with members that a client program can act on.
///
/// @param code stable, snake_case
/// @param retryable whether the same request may succeed later
/// @param recovery what the caller can do: `start_fresh`, `retry`, `reload` or `none`
/// @param members additional members of some problems: `errors`, `gapId`, `nextOrdinal`, `receipt`
public record ApiProblem(
    String type,
    String title,
    int status,
    String detail,
    String code,
    @Nullable String threadId,
    boolean retryable,
    String recovery,
    @JsonAnyGetter Map<String, Object> members) {
  public static ApiProblem of(HttpStatus status, String code, String detail, Recovery recovery) {
    return new ApiProblem(
        "urn:rollbook:problem:" + code,
        status.getReasonPhrase(),
        status.value(),
        detail,
        code,
        null,
        recovery == Recovery.RETRY,
        recovery.name().toLowerCase(Locale.ROOT),
        Map.of());
  }

  /// For requests that were refused outside of any controller: only the status is known.
  public static ApiProblem of(HttpStatus status) {
    return of(status, "the request was refused: " + status.getReasonPhrase());
  }

  public static ApiProblem of(HttpStatus status, String detail) {
    var code =
        switch (status) {
          case NOT_FOUND -> "not_found";
          case NOT_IMPLEMENTED -> "not_implemented";
          case HTTP_VERSION_NOT_SUPPORTED -> "http_version_not_supported";
          case METHOD_NOT_ALLOWED -> "method_not_allowed";
          case NOT_ACCEPTABLE -> "not_acceptable";
          case UNSUPPORTED_MEDIA_TYPE -> "unsupported_media_type";
          case REQUEST_TIMEOUT -> "request_timeout";
          case CONTENT_TOO_LARGE -> "item_too_large";
          case TOO_MANY_REQUESTS -> "too_many_requests";
          case SERVICE_UNAVAILABLE -> "persistence_unavailable";
          default -> status.is5xxServerError() ? "internal_error" : "invalid_request";
        };
    return of(status, code, detail, Recovery.NONE);
  }

  public ApiProblem withThread(@Nullable ThreadId thread) {
    var id = thread == null ? null : thread.toString();
    return new ApiProblem(type, title, status, detail, code, id, retryable, recovery, members);
  }

  public ApiProblem withDetail(String other) {
    return new ApiProblem(type, title, status, other, code, threadId, retryable, recovery, members);
  }

  public ApiProblem with(String member, Object value) {
    var all = new TreeMap<>(members);
    all.put(member, value);
    return new ApiProblem(type, title, status, detail, code, threadId, retryable, recovery, all);
  }

  /// Writes this problem as the response, for use outside of controllers.
  public void writeTo(HttpServletResponse response) throws IOException {
    var body = JsonMapper.shared().writeValueAsBytes(this);
    response.setStatus(status);
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  /// What the caller can do.
  public enum Recovery {
    START_FRESH,
    RETRY,
    RELOAD,
    NONE
  }
}
