package dev.rollbook.api.docs;

import java.util.function.Supplier;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/// Serves the OpenAPI document, and redirects browsers to Swagger UI.
///
/// The document is built on the first request, so that it does not delay the start.
@RestController
class OpenApiController {
  private final Supplier<byte[]> document = SingletonSupplier.of(OpenApiDocument::json);

  @GetMapping(path = "/v3/api-docs", produces = MediaType.APPLICATION_JSON_VALUE)
  byte[] document() {
    return document.get();
  }

  /// Sends a browser that opens the address of the service to the API page.
  ///
  /// Other clients get the 404 of a path that does not exist: a redirect to HTML would hide from
  /// them that they lack the rest of the path.
  @GetMapping("/")
  ResponseEntity<Void> root(@RequestHeader HttpHeaders headers) throws NoResourceFoundException {
    if (headers.getAccept().stream().noneMatch(MediaType.TEXT_HTML::equalsTypeAndSubtype)) {
      throw new NoResourceFoundException(HttpMethod.GET, "/", "/");
    }
    return ResponseEntity.status(HttpStatus.FOUND)
        .header(HttpHeaders.LOCATION, SwaggerUiConfiguration.INDEX)
        .build();
  }
}
