package dev.rollbook.api.errors;

import dev.rollbook.api.upload.UploadProgress;
import dev.rollbook.web.http.ApiProblem;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Returns the error response (RFC 9457) for a request that failed outside of all other
/// controllers.
@RestController
class ErrorPageController implements ErrorController {
  @RequestMapping("/error")
  ResponseEntity<ApiProblem> error(HttpServletRequest request) {
    var upload = UploadProgress.of(request);
    if (upload != null && upload.firstProblem() != null) {
      return ApiExceptionHandler.answer(upload.firstProblem());
    }
    var status = status(request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE));
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(ApiProblem.of(status));
  }

  /// A direct request for this path gets 404.
  private static HttpStatus status(@Nullable Object code) {
    var status = code instanceof Integer number ? HttpStatus.resolve(number) : null;
    return status == null ? HttpStatus.NOT_FOUND : status;
  }
}
