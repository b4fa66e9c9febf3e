package dev.rollbook.api;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;
import tools.jackson.databind.json.JsonMapper;

/// A problem that ends an upload, whoever found it, tells what became of the lines before it.
@RestControllerAdvice
class UploadAnswers implements ResponseBodyAdvice<Object> {
  private final JsonMapper json;

  UploadAnswers(JsonMapper json) {
    this.json = json;
  }

  @Override
  public boolean supports(
      MethodParameter answer, Class<? extends HttpMessageConverter<?>> converter) {
    return true;
  }

  @Override
  public @Nullable Object beforeBodyWrite(
      @Nullable Object body,
      MethodParameter answer,
      MediaType type,
      Class<? extends HttpMessageConverter<?>> converter,
      ServerHttpRequest request,
      ServerHttpResponse response) {
    if (body instanceof Problem problem && request instanceof ServletServerHttpRequest servlet) {
      var upload = Upload.of(servlet.getServletRequest());
      if (upload != null) {
        return last(json.writeValueAsString(upload.explain(problem)), response.getHeaders());
      }
    }
    return body;
  }

  /// Who still sends is to stop, as the rest of a body may have no end; and sees where the answer
  /// ends before the connection does.
  private static RawText last(String problem, HttpHeaders headers) {
    headers.set(HttpHeaders.CONNECTION, "close");
    headers.setContentLength(problem.getBytes(StandardCharsets.UTF_8).length);
    return new RawText(problem);
  }
}
