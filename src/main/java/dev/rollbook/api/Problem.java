package dev.rollbook.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Violation;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/// An error as RFC 9457 writes it, with members that a program can decide on.
///
/// @param code stable, snake_case
/// @param retryable whether the same request may succeed later
/// @param recovery what the caller can do: `start_fresh`, `retry`, `reload` or `none`
public record Problem(
    String type,
    String title,
    int status,
    String detail,
    String code,
    @Nullable String threadId,
    boolean retryable,
    String recovery,
    @JsonInclude(Include.NON_NULL) @Nullable List<Violation> errors,
    @JsonInclude(Include.NON_NULL) @Nullable Long nextOrdinal,
    @JsonInclude(Include.NON_NULL) @Nullable Receipt receipt) {

  static Problem of(HttpStatus status, String code, String detail, Recovery recovery) {
    return new Problem(
        "urn:rollbook:problem:" + code,
        status.getReasonPhrase(),
        status.value(),
        detail,
        code,
        null,
        recovery == Recovery.RETRY,
        recovery.name().toLowerCase(Locale.ROOT),
        null,
        null,
        null);
  }

  Problem about(@Nullable ThreadId thread) {
    return new Problem(
        type,
        title,
        status,
        detail,
        code,
        thread == null ? null : thread.toString(),
        retryable,
        recovery,
        errors,
        nextOrdinal,
        receipt);
  }

  Problem with(List<Violation> violations) {
    return new Problem(
        type,
        title,
        status,
        detail,
        code,
        threadId,
        retryable,
        recovery,
        violations,
        nextOrdinal,
        receipt);
  }

  Problem withNextOrdinal(long ordinal) {
    return new Problem(
        type, title, status, detail, code, threadId, retryable, recovery, errors, ordinal, receipt);
  }

  /// Answers with it where no controller does.
  public void writeTo(HttpServletResponse response) throws IOException {
    var body = JsonMapper.shared().writeValueAsBytes(this);
    response.setStatus(status);
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  /// What an upload that ends with a problem came to before.
  Problem with(Receipt soFar, String newDetail) {
    return new Problem(
        type,
        title,
        status,
        newDetail,
        code,
        threadId,
        retryable,
        recovery,
        errors,
        nextOrdinal,
        soFar);
  }

  /// What the caller can do.
  public enum Recovery {
    START_FRESH,
    RETRY,
    RELOAD,
    NONE
  }
}
