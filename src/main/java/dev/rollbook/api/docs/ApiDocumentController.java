package dev.rollbook.api.docs;

import java.util.function.Supplier;
import org.springframework.http.MediaType;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// Serves the description of the API. It is made when it is first asked for: nobody waits for it at
/// the start.
@RestController
class ApiDocumentController {
  private final Supplier<byte[]> document = SingletonSupplier.of(ApiDocument::json);

  @GetMapping(path = "/v3/api-docs", produces = MediaType.APPLICATION_JSON_VALUE)
  byte[] document() {
    return document.get();
  }
}
