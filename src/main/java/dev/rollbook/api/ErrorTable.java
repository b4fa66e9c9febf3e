package dev.rollbook.api;

import static dev.rollbook.api.Problem.Recovery.NONE;
import static dev.rollbook.api.Problem.Recovery.RELOAD;
import static dev.rollbook.api.Problem.Recovery.RETRY;
import static dev.rollbook.api.Problem.Recovery.START_FRESH;

import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.CodexDiffers;
import dev.rollbook.model.RollbookException.CodexHomeNotAllowed;
import dev.rollbook.model.RollbookException.CodexThreadLive;
import dev.rollbook.model.RollbookException.GapNotFound;
import dev.rollbook.model.RollbookException.GapRepaired;
import dev.rollbook.model.RollbookException.ImportNotFound;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemPresent;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RollbookException.LoggerNotAllowed;
import dev.rollbook.model.RollbookException.OrdinalConflict;
import dev.rollbook.model.RollbookException.PathNotAllowed;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.PreconditionFailed;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.SearchDisabled;
import dev.rollbook.model.RollbookException.SearchUnavailable;
import dev.rollbook.model.RollbookException.ThreadArchived;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TurnEnded;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.RollbookException.TurnNotFound;
import dev.rollbook.model.SkipReason;
import dev.rollbook.rollout.RolloutReplacedException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.ClientAbortException;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.dao.UncategorizedDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.http.converter.HttpMessageNotWritableException;
import org.springframework.transaction.TransactionException;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;

/// Which failure becomes which answer. Exhaustive: a new failure does not compile without one.
@RestControllerAdvice
public class ErrorTable {
  private static final Logger log = LoggerFactory.getLogger(ErrorTable.class);

  /// A database that was restarted is back by then.
  private static final String RETRY_AFTER_SECONDS = "5";

  private final Refusals refusals;

  ErrorTable(Refusals refusals) {
    this.refusals = refusals;
  }

  @ExceptionHandler
  ResponseEntity<Problem> answer(RollbookException failure) {
    if (failure instanceof TooManyRequests full) {
      refusals.count(full.limit());
    }
    return answer(problem(failure).about(failure.thread()));
  }

  private static Problem problem(RollbookException failure) {
    var detail = failure.detail();
    return switch (failure) {
      case ThreadNotFound e ->
          Problem.of(HttpStatus.NOT_FOUND, "thread_not_found", detail, START_FRESH);
      case TurnNotFound e -> Problem.of(HttpStatus.NOT_FOUND, "turn_not_found", detail, NONE);
      case GapNotFound e -> Problem.of(HttpStatus.NOT_FOUND, "gap_not_found", detail, NONE);
      case ImportNotFound e -> Problem.of(HttpStatus.NOT_FOUND, "import_not_found", detail, NONE);
      case PathNotAllowed e -> Problem.of(HttpStatus.FORBIDDEN, "path_not_allowed", detail, NONE);
      case GapRepaired e -> Problem.of(HttpStatus.CONFLICT, "gap_repaired", detail, RELOAD);
      case ItemPresent e -> Problem.of(HttpStatus.CONFLICT, "item_present", detail, NONE);
      case TurnInProgress e -> Problem.of(HttpStatus.CONFLICT, "turn_in_progress", detail, RELOAD);
      case TurnEnded e -> Problem.of(HttpStatus.CONFLICT, "turn_ended", detail, RELOAD);
      case ThreadArchived e ->
          Problem.of(HttpStatus.CONFLICT, "thread_archived", detail, START_FRESH);
      case RolloutUnusable e ->
          Problem.of(HttpStatus.CONFLICT, e.failure().wireName(), detail, START_FRESH);
      case OrdinalConflict e ->
          Problem.of(HttpStatus.CONFLICT, "ordinal_conflict", detail, RELOAD)
              .withNextOrdinal(e.nextOrdinal());
      case PreconditionFailed e ->
          Problem.of(HttpStatus.PRECONDITION_FAILED, "precondition_failed", detail, RELOAD);
      case InvalidRequest e ->
          Problem.of(HttpStatus.BAD_REQUEST, "invalid_request", detail, NONE).with(e.violations());
      case ItemTooLarge e ->
          Problem.of(HttpStatus.CONTENT_TOO_LARGE, "item_too_large", detail, NONE);
      case CodexHomeNotAllowed e ->
          Problem.of(HttpStatus.FORBIDDEN, "codex_home_not_allowed", detail, NONE);
      case LoggerNotAllowed e ->
          Problem.of(HttpStatus.FORBIDDEN, "logger_not_allowed", detail, NONE);
      case CodexDiffers e -> Problem.of(HttpStatus.CONFLICT, "codex_differs", detail, NONE);
      case CodexThreadLive e -> Problem.of(HttpStatus.CONFLICT, "codex_thread_live", detail, RETRY);
      case PersistenceUnavailable e -> unavailable(e.reason(), detail);
      case TooManyRequests e ->
          Problem.of(HttpStatus.TOO_MANY_REQUESTS, "too_many_requests", detail, RETRY);
      case SearchDisabled e -> Problem.of(HttpStatus.NOT_FOUND, "search_disabled", detail, NONE);
      case SearchUnavailable e ->
          Problem.of(HttpStatus.SERVICE_UNAVAILABLE, "search_unavailable", detail, RETRY);
    };
  }

  /// The service does not go by the name that the request has for it.
  public static Problem misdirected() {
    return Problem.of(
        HttpStatus.MISDIRECTED_REQUEST,
        "misdirected_request",
        "the Host header names neither an IP address nor localhost: add the name to"
            + " rollbook.http.allowed-hosts if it is this service's",
        NONE);
  }

  /// A browser asks on behalf of a page of another origin.
  public static Problem originNotAllowed() {
    return Problem.of(
        HttpStatus.FORBIDDEN,
        "origin_not_allowed",
        "the request comes from a web page of another origin: add the origin to"
            + " rollbook.http.allowed-origins if that page may use this service",
        NONE);
  }

  public static Problem unclearType() {
    return Problem.of(
        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
        codeOf(HttpStatus.UNSUPPORTED_MEDIA_TYPE),
        "Content-Type has to say of which type the body is",
        NONE);
  }

  private static Problem unavailable(SkipReason reason, String detail) {
    return switch (reason) {
      case STORAGE_FULL ->
          Problem.of(HttpStatus.INSUFFICIENT_STORAGE, "storage_full", detail, RETRY);
      case RECORDER_REMOVED,
          ROLLOUT_MISSING,
          THREAD_NOT_FOUND,
          WRITER_SHUTTING_DOWN,
          STORAGE_FAILED ->
          Problem.of(HttpStatus.SERVICE_UNAVAILABLE, "persistence_unavailable", detail, RETRY);
    };
  }

  @ExceptionHandler
  ResponseEntity<Problem> badParameter(MethodArgumentTypeMismatchException mismatch) {
    var cause = mismatch.getMostSpecificCause();
    var detail =
        cause instanceof NumberFormatException
            ? "must be a whole number"
            : String.valueOf(cause.getMessage());
    return answer(new InvalidRequest(mismatch.getName(), detail));
  }

  /// Only what tells that nobody answers: a statement that is wrong is a fault like any other.
  @ExceptionHandler({
    DataAccessResourceFailureException.class,
    TransientDataAccessException.class,
    RecoverableDataAccessException.class,
    UncategorizedDataAccessException.class,
    TransactionException.class
  })
  ResponseEntity<Problem> stateDbAway(RuntimeException away) {
    // The state-db is busy, not unavailable.
    if (NestedExceptionUtils.getMostSpecificCause(away) instanceof RollbookException busy) {
      return answer(busy);
    }
    log.debug("the state-db does not answer", away);
    var problem =
        Problem.of(
            HttpStatus.SERVICE_UNAVAILABLE,
            "state_db_unavailable",
            "the state-db does not answer; appends to threads that are live go on",
            RETRY);
    return ResponseEntity.status(problem.status())
        .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(problem);
  }

  @ExceptionHandler
  ResponseEntity<Problem> replacedMeanwhile(RolloutReplacedException replaced) {
    return answer(
        Problem.of(
            HttpStatus.CONFLICT, "rollout_replaced", String.valueOf(replaced.getMessage()), RETRY));
  }

  /// The connection is gone or broken: there is nobody to answer, or only as far as possible.
  @ExceptionHandler({IOException.class, HttpMessageNotWritableException.class})
  @Nullable ResponseEntity<Problem> brokenConnection(
      Exception broken, HttpServletResponse response) {
    log.debug("request could not be read or answered", broken);
    return response.isCommitted() || isHangUp(broken)
        ? null
        : answer(new InvalidRequest("", "the body of the request ended early"));
  }

  private static boolean isHangUp(Throwable failure) {
    return failure instanceof HttpMessageNotWritableException
        || failure instanceof AsyncRequestNotUsableException
        || failure instanceof ClientAbortException;
  }

  /// What Tomcat finds wrong with parameters when they are first asked for.
  @ExceptionHandler
  ResponseEntity<Problem> badEncoding(InvalidParameterException malformed) {
    return answer(new InvalidRequest("", "a parameter is not well encoded"));
  }

  /// Headers that Spring or the actuator read themselves, such as `Accept`.
  @ExceptionHandler
  ResponseEntity<Problem> badMediaType(InvalidMimeTypeException malformed) {
    return answer(new InvalidRequest("", "a header has a media type that is none"));
  }

  /// Bodies that Spring reads, which are those of the actuator.
  @ExceptionHandler
  ResponseEntity<Problem> unreadableBody(HttpMessageNotReadableException malformed) {
    return answer(new InvalidRequest("", "the body is not valid JSON"));
  }

  @ExceptionHandler
  ResponseEntity<Problem> anythingElse(Exception failure) {
    if (failure instanceof ErrorResponse known) {
      var status = HttpStatus.valueOf(known.getStatusCode().value());
      return ResponseEntity.status(status)
          .headers(known.getHeaders())
          .contentType(MediaType.APPLICATION_PROBLEM_JSON)
          .body(fromSpring(known, status));
    }
    log.error("unexpected failure, please report it", failure);
    return answer(
        Problem.of(
            HttpStatus.INTERNAL_SERVER_ERROR,
            "internal_error",
            "unexpected failure, see the log of the service",
            NONE));
  }

  private static Problem fromSpring(ErrorResponse error, HttpStatus status) {
    var detail = String.valueOf(error.getBody().getDetail());
    return Problem.of(status, codeOf(status), detail, NONE);
  }

  /// For what never reaches a controller: the status tells all there is to know.
  static String codeOf(HttpStatus status) {
    return switch (status) {
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
  }

  static ResponseEntity<Problem> answer(Problem problem) {
    var answer =
        ResponseEntity.status(problem.status()).contentType(MediaType.APPLICATION_PROBLEM_JSON);
    if (problem.status() == HttpStatus.TOO_MANY_REQUESTS.value()) {
      answer.header(HttpHeaders.RETRY_AFTER, Refusals.RETRY_AFTER);
    }
    return answer.body(problem);
  }
}
