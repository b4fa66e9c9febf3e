package dev.rollbook.api;

import dev.rollbook.access.Access;
import dev.rollbook.web.security.access.CallerAccess;
import jakarta.servlet.ServletRequest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/// Passes the [Access] of the caller to the methods of controllers.
record AccessArgumentResolver(CallerAccess callers) implements HandlerMethodArgumentResolver {
  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType().equals(Access.class);
  }

  @Override
  public Access resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer container,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory binders) {
    return callers.of(Objects.requireNonNull(request.getNativeRequest(ServletRequest.class)));
  }
}
