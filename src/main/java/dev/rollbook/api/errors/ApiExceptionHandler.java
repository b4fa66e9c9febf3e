package dev.rollbook.api.errors;

import static dev.rollbook.web.http.ApiProblem.Recovery.NONE;
import static dev.rollbook.web.http.ApiProblem.Recovery.RELOAD;
import static dev.rollbook.web.http.ApiProblem.Recovery.RETRY;
import static dev.rollbook.web.http.ApiProblem.Recovery.START_FRESH;
import static org.springframework.http.HttpStatus.BAD_REQUEST;
import static org.springframework.http.HttpStatus.CONFLICT;
import static org.springframework.http.HttpStatus.CONTENT_TOO_LARGE;
import static org.springframework.http.HttpStatus.FORBIDDEN;
import static org.springframework.http.HttpStatus.INSUFFICIENT_STORAGE;
import static org.springframework.http.HttpStatus.INTERNAL_SERVER_ERROR;
import static org.springframework.http.HttpStatus.MISDIRECTED_REQUEST;
import static org.springframework.http.HttpStatus.NOT_FOUND;
import static org.springframework.http.HttpStatus.PRECONDITION_FAILED;
import static org.springframework.http.HttpStatus.SERVICE_UNAVAILABLE;
import static org.springframework.http.HttpStatus.TOO_MANY_REQUESTS;

import dev.rollbook.api.cluster.CallRouter;
import dev.rollbook.api.json.VerbatimJson;
import dev.rollbook.api.upload.UploadProgress;
import dev.rollbook.cluster.OwnedElsewhereException;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.CodexDiffers;
import dev.rollbook.model.RollbookException.CodexHomeNotAllowed;
import dev.rollbook.model.RollbookException.CodexThreadLive;
import dev.rollbook.model.RollbookException.GapNotFound;
import dev.rollbook.model.RollbookException.GapRepaired;
import dev.rollbook.model.RollbookException.ImportNotFound;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ItemMissing;
import dev.rollbook.model.RollbookException.ItemNotFound;
import dev.rollbook.model.RollbookException.ItemPresent;
import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RollbookException.LoggerNotAllowed;
import dev.rollbook.model.RollbookException.OrdinalConflict;
import dev.rollbook.model.RollbookException.OutcomeUnknown;
import dev.rollbook.model.RollbookException.OwnerUnavailable;
import dev.rollbook.model.RollbookException.PathNotAllowed;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.PreconditionFailed;
import dev.rollbook.model.RollbookException.QuotaExceeded;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.SearchDisabled;
import dev.rollbook.model.RollbookException.SearchUnavailable;
import dev.rollbook.model.RollbookException.ThreadArchived;
import dev.rollbook.model.RollbookException.ThreadIdTaken;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RollbookException.TooManyRequests;
import dev.rollbook.model.RollbookException.TooManyRequests.Limit;
import dev.rollbook.model.RollbookException.TurnEnded;
import dev.rollbook.model.RollbookException.TurnInProgress;
import dev.rollbook.model.RollbookException.TurnNotFound;
import dev.rollbook.model.SkipReason;
import dev.rollbook.rollout.RolloutReplacedException;
import dev.rollbook.web.audit.RefusedRequests;
import dev.rollbook.web.audit.RefusedRequests.Reason;
import dev.rollbook.web.http.ApiProblem;
import dev.rollbook.web.security.peer.PeerCall;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.catalina.connector.ClientAbortException;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.MethodParameter;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.dao.UncategorizedDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.http.converter.HttpMessageNotWritableException;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.transaction.TransactionException;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;
import tools.jackson.databind.json.JsonMapper;

/// Maps every failure to its HTTP response, in an exhaustive switch: a new [RollbookException] does
/// not compile until it has a response here.
@RestControllerAdvice
class ApiExceptionHandler implements ResponseBodyAdvice<Object> {
  private static final Logger log = LoggerFactory.getLogger(ApiExceptionHandler.class);

  private static final String RETRY_AFTER_LIMIT_SECONDS = "1";

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /// Long enough for a restart of the database.
  private static final String RETRY_AFTER_OUTAGE_SECONDS = "5";

  private final JsonMapper json;
  private final RefusedRequests refusals;
  private final ObjectProvider<CallRouter> router;

  ApiExceptionHandler(
      JsonMapper json, RefusedRequests refusals, ObjectProvider<CallRouter> router) {
    this.json = json;
    this.refusals = refusals;
    this.router = router;
  }

  @ExceptionHandler
  ResponseEntity<ApiProblem> answer(RollbookException failure, HttpServletRequest request) {
    switch (failure) {
      case TooManyRequests full -> refusals.count(full.limit());
      case QuotaExceeded e -> refusals.count(Limit.QUOTA);
      case PathNotAllowed e -> refusals.add(request, Reason.DIRECTORY, FORBIDDEN);
      case CodexHomeNotAllowed e -> refusals.add(request, Reason.DIRECTORY, FORBIDDEN);
      default -> {}
    }
    return answer(failure);
  }

  private static ResponseEntity<ApiProblem> answer(RollbookException failure) {
    var problem = problem(failure).withThread(failure.thread());
    return switch (failure) {
      case TooManyRequests e -> answer(problem, seconds(e.retryAfter()));
      case QuotaExceeded e -> answer(problem, seconds(e.retryAfter()));
      default -> answer(problem);
    };
  }

  /// Rounded up, so that a client that waits for this time does not come too early.
  private static String seconds(Duration time) {
    return Long.toString(Math.max(1, time.plusNanos(NANOS_PER_SECOND - 1).toSeconds()));
  }

  private static ApiProblem problem(RollbookException failure) {
    var detail = failure.detail();
    return switch (failure) {
      case ThreadNotFound e -> ApiProblem.of(NOT_FOUND, "thread_not_found", detail, START_FRESH);
      case ThreadIdTaken e -> ApiProblem.of(CONFLICT, "thread_id_taken", detail, NONE);
      case TurnNotFound e -> ApiProblem.of(NOT_FOUND, "turn_not_found", detail, NONE);
      case ItemNotFound e -> ApiProblem.of(NOT_FOUND, "item_not_found", detail, NONE);
      case ItemMissing e ->
          ApiProblem.of(NOT_FOUND, "item_missing", detail, NONE).with("gapId", e.gap().toString());
      case GapNotFound e -> ApiProblem.of(NOT_FOUND, "gap_not_found", detail, NONE);
      case ImportNotFound e -> ApiProblem.of(NOT_FOUND, "import_not_found", detail, NONE);
      case PathNotAllowed e -> ApiProblem.of(FORBIDDEN, "path_not_allowed", detail, NONE);
      case GapRepaired e -> ApiProblem.of(CONFLICT, "gap_repaired", detail, RELOAD);
      case ItemPresent e -> ApiProblem.of(CONFLICT, "item_present", detail, NONE);
      case TurnInProgress e -> ApiProblem.of(CONFLICT, "turn_in_progress", detail, RELOAD);
      case TurnEnded e -> ApiProblem.of(CONFLICT, "turn_ended", detail, RELOAD);
      case ThreadArchived e -> ApiProblem.of(CONFLICT, "thread_archived", detail, START_FRESH);
      case RolloutUnusable e ->
          ApiProblem.of(CONFLICT, e.failure().wireName(), detail, START_FRESH);
      case OrdinalConflict e ->
          ApiProblem.of(CONFLICT, "ordinal_conflict", detail, RELOAD)
              .with("nextOrdinal", e.nextOrdinal());
      case PreconditionFailed e ->
          ApiProblem.of(PRECONDITION_FAILED, "precondition_failed", detail, RELOAD);
      case InvalidRequest e ->
          ApiProblem.of(BAD_REQUEST, "invalid_request", detail, NONE)
              .with("errors", e.violations());
      case ItemTooLarge e -> ApiProblem.of(CONTENT_TOO_LARGE, "item_too_large", detail, NONE);
      case CodexHomeNotAllowed e ->
          ApiProblem.of(FORBIDDEN, "codex_home_not_allowed", detail, NONE);
      case LoggerNotAllowed e -> ApiProblem.of(FORBIDDEN, "logger_not_allowed", detail, NONE);
      case CodexDiffers e -> ApiProblem.of(CONFLICT, "codex_differs", detail, NONE);
      case CodexThreadLive e -> ApiProblem.of(CONFLICT, "codex_thread_live", detail, RETRY);
      case PersistenceUnavailable e -> unavailable(e.reason(), detail);
      case TooManyRequests e ->
          ApiProblem.of(TOO_MANY_REQUESTS, "too_many_requests", detail, RETRY);
      case QuotaExceeded e -> ApiProblem.of(INSUFFICIENT_STORAGE, "quota_exceeded", detail, RETRY);
      case OutcomeUnknown e -> ApiProblem.of(SERVICE_UNAVAILABLE, "outcome_unknown", detail, RETRY);
      case OwnerUnavailable e ->
          ApiProblem.of(SERVICE_UNAVAILABLE, "owner_unavailable", detail, RETRY);
      case SearchDisabled e -> ApiProblem.of(NOT_FOUND, "search_disabled", detail, NONE);
      case SearchUnavailable e ->
          ApiProblem.of(SERVICE_UNAVAILABLE, "search_unavailable", detail, RETRY);
    };
  }

  private static ApiProblem unavailable(SkipReason reason, String detail) {
    return switch (reason) {
      case STORAGE_FULL -> ApiProblem.of(INSUFFICIENT_STORAGE, "storage_full", detail, RETRY);
      case RECORDER_REMOVED,
          ROLLOUT_MISSING,
          THREAD_NOT_FOUND,
          WRITER_SHUTTING_DOWN,
          STORAGE_FAILED ->
          ApiProblem.of(SERVICE_UNAVAILABLE, "persistence_unavailable", detail, RETRY);
    };
  }

  @ExceptionHandler
  ResponseEntity<ApiProblem> badParameter(MethodArgumentTypeMismatchException mismatch) {
    var cause = mismatch.getMostSpecificCause();
    var detail =
        cause instanceof NumberFormatException
            ? "must be an integer"
            : String.valueOf(cause.getMessage());
    return answer(new InvalidRequest(mismatch.getName(), detail));
  }

  /// Only failures that mean that the state-db does not answer: a wrong statement is a bug.
  @ExceptionHandler({
    DataAccessResourceFailureException.class,
    TransientDataAccessException.class,
    RecoverableDataAccessException.class,
    UncategorizedDataAccessException.class,
    TransactionException.class
  })
  ResponseEntity<ApiProblem> stateDbUnavailable(RuntimeException e, HttpServletRequest request) {
    // The state-db is busy, not unavailable.
    if (NestedExceptionUtils.getMostSpecificCause(e) instanceof RollbookException busy) {
      return answer(busy, request);
    }
    log.debug("the state-db does not answer", e);
    return answer(
        ApiProblem.of(
            SERVICE_UNAVAILABLE,
            "state_db_unavailable",
            "the state-db does not answer; appends to live threads continue",
            RETRY),
        RETRY_AFTER_OUTAGE_SECONDS);
  }

  @ExceptionHandler
  ResponseEntity<ApiProblem> rolloutReplaced(RolloutReplacedException e) {
    return answer(
        ApiProblem.of(CONFLICT, "rollout_replaced", String.valueOf(e.getMessage()), RETRY));
  }

  /// Nothing was done yet. The call of a client is passed on to the owner, that of another replica
  /// is not: its sender looks for the owner again.
  @ExceptionHandler
  @Nullable ResponseEntity<ApiProblem> ownedElsewhere(
      OwnedElsewhereException elsewhere, HttpServletRequest request, HttpServletResponse response) {
    var passing = router.getIfAvailable();
    if (passing == null || PeerCall.of(request).isPresent()) {
      response.setHeader(CallRouter.OWNER, elsewhere.owner().id().toString());
      return answer(
          ApiProblem.of(
              MISDIRECTED_REQUEST,
              "owned_elsewhere",
              String.valueOf(elsewhere.getMessage()),
              RETRY));
    }
    try {
      passing.passOn(elsewhere, request, response);
      return null;
    } catch (RollbookException failure) {
      return answer(failure, request);
    } catch (IOException e) {
      return brokenConnection(e, response);
    }
  }

  /// The connection is closed or broken, so that the response may not reach the client.
  @ExceptionHandler({IOException.class, HttpMessageNotWritableException.class})
  @Nullable ResponseEntity<ApiProblem> brokenConnection(Exception e, HttpServletResponse response) {
    log.debug("request could not be read or answered", e);
    return response.isCommitted() || isHangUp(e)
        ? null
        : answer(new InvalidRequest("", "the body of the request ended early"));
  }

  private static boolean isHangUp(Throwable failure) {
    return failure instanceof HttpMessageNotWritableException
        || failure instanceof AsyncRequestNotUsableException
        || failure instanceof ClientAbortException;
  }

  /// Parameters that Tomcat decodes, headers such as `Accept` and bodies that Spring or the
  /// actuator read.
  @ExceptionHandler({
    InvalidParameterException.class,
    InvalidMimeTypeException.class,
    HttpMessageNotReadableException.class
  })
  ResponseEntity<ApiProblem> malformed(Exception e) {
    var detail =
        switch (e) {
          case InvalidParameterException parameter -> "a parameter is not correctly encoded";
          case InvalidMimeTypeException header -> "a header has an invalid media type";
          default -> "the body is not valid JSON";
        };
    return answer(new InvalidRequest("", detail));
  }

  @ExceptionHandler
  ResponseEntity<ApiProblem> anythingElse(Exception failure) {
    if (failure instanceof ErrorResponse known) {
      var status = HttpStatus.valueOf(known.getStatusCode().value());
      return ResponseEntity.status(status)
          .headers(known.getHeaders())
          .contentType(MediaType.APPLICATION_PROBLEM_JSON)
          .body(ApiProblem.of(status, String.valueOf(known.getBody().getDetail())));
    }
    log.error("unexpected failure, please report it", failure);
    return answer(
        ApiProblem.of(
            INTERNAL_SERVER_ERROR,
            "internal_error",
            "unexpected failure, see the log of the service",
            NONE));
  }

  static ResponseEntity<ApiProblem> answer(ApiProblem problem) {
    boolean limited = problem.status() == TOO_MANY_REQUESTS.value();
    return answer(problem, limited ? RETRY_AFTER_LIMIT_SECONDS : null);
  }

  private static ResponseEntity<ApiProblem> answer(
      ApiProblem problem, @Nullable String retryAfter) {
    var answer =
        ResponseEntity.status(problem.status()).contentType(MediaType.APPLICATION_PROBLEM_JSON);
    if (retryAfter != null) {
      answer.header(HttpHeaders.RETRY_AFTER, retryAfter);
    }
    return answer.body(problem);
  }

  @Override
  public boolean supports(
      MethodParameter answer, Class<? extends HttpMessageConverter<?>> converter) {
    return true;
  }

  /// Adds the receipt of the lines before it to a problem that ends an upload, whichever code
  /// detected the problem.
  @Override
  public @Nullable Object beforeBodyWrite(
      @Nullable Object body,
      MethodParameter answer,
      MediaType type,
      Class<? extends HttpMessageConverter<?>> converter,
      ServerHttpRequest request,
      ServerHttpResponse response) {
    if (body instanceof ApiProblem problem && request instanceof ServletServerHttpRequest servlet) {
      var upload = UploadProgress.of(servlet.getServletRequest());
      if (upload != null) {
        return closing(json.writeValueAsString(upload.explain(problem)), response.getHeaders());
      }
    }
    return body;
  }

  /// Closes the connection, so that the client stops sending. `Content-Length` tells the client
  /// where the response ends.
  private static VerbatimJson closing(String problem, HttpHeaders headers) {
    headers.set(HttpHeaders.CONNECTION, "close");
    headers.setContentLength(problem.getBytes(StandardCharsets.UTF_8).length);
    return new VerbatimJson(problem);
  }
}
