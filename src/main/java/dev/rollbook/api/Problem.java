package dev.rollbook.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Violation;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/// An error as RFC 9457 writes it, with members that a program can decide on.
///
/// @param code stable, snake_case
/// @param retryable whether the same request may succeed later
/// @param recovery what the caller can do: `start_fresh`, `retry`, `reload` or `none`
record Problem(
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
  enum Recovery {
    START_FRESH,
    RETRY,
    RELOAD,
    NONE
  }
}
