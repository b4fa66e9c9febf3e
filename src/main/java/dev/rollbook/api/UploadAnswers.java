package dev.rollbook.api;

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

/// A problem that ends an upload, whoever found it, tells what became of the lines before it.
@RestControllerAdvice
class UploadAnswers implements ResponseBodyAdvice<Object> {
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
        // Who still sends is to stop: the rest of a body may have no end.
        response.getHeaders().set(HttpHeaders.CONNECTION, "close");
        return upload.explain(problem);
      }
    }
    return body;
  }
}
