package dev.rollbook.api.console;

import dev.rollbook.api.docs.SwaggerUiConfiguration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/// Sends a browser that opens the address of the service to the console, or to Swagger UI if the
/// console is disabled.
///
/// Other clients get the 404 of a path that does not exist: a redirect to HTML would hide from them
/// that they lack the rest of the path. The redirect is relative, so that it also works behind a
/// proxy that adds a path.
@RestController
record RootController(ConsoleProperties properties) {
  @GetMapping("/")
  ResponseEntity<Void> root(@RequestHeader HttpHeaders headers) throws NoResourceFoundException {
    if (headers.getAccept().stream().noneMatch(MediaType.TEXT_HTML::equalsTypeAndSubtype)) {
      throw new NoResourceFoundException(HttpMethod.GET, "/", "/");
    }
    var page = properties.enabled() ? ConsoleConfiguration.INDEX : SwaggerUiConfiguration.INDEX;
    return ResponseEntity.status(HttpStatus.FOUND)
        .header(HttpHeaders.LOCATION, page.substring("/".length()))
        .build();
  }
}
