package dev.rollbook.api.docs;

import java.util.function.Supplier;
import org.springframework.http.MediaType;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// Serves the OpenAPI document.
///
/// The document is built on the first request, so that it does not delay the start.
@RestController
class OpenApiController {
  private final Supplier<byte[]> document = SingletonSupplier.of(OpenApiDocument::json);

  @GetMapping(path = "/v3/api-docs", produces = MediaType.APPLICATION_JSON_VALUE)
  byte[] document() {
    return document.get();
  }
}
