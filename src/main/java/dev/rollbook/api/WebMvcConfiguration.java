package dev.rollbook.api;

import dev.rollbook.api.cluster.PassOnInterceptor;
import dev.rollbook.model.GapId;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnId;
import dev.rollbook.web.security.access.CallerAccess;
import java.time.Instant;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.webmvc.autoconfigure.WebMvcRegistrations;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.format.FormatterRegistry;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializerBase;

/// Configuration of Spring MVC: parsing of ids, format of times, interceptors, lookup of handlers.
@Configuration(proxyBeanMethods = false)
record WebMvcConfiguration(
    LogContextInterceptor logContext,
    CallerAccess callers,
    ObjectProvider<PassOnInterceptor> passOn)
    implements WebMvcConfigurer, WebMvcRegistrations {
  /// Before the mapping of the actuator, whose patterns would be tried for every request.
  private static final int BEFORE_ACTUATOR = -101;

  @Override
  public RequestMappingHandlerMapping getRequestMappingHandlerMapping() {
    return new RequestMappingHandlerMapping() {
      @Override
      public int getOrder() {
        return BEFORE_ACTUATOR;
      }
    };
  }

  @Override
  public void addFormatters(FormatterRegistry registry) {
    registry.addConverter(String.class, ThreadId.class, ThreadId::parse);
    registry.addConverter(String.class, TurnId.class, TurnId::parse);
    registry.addConverter(String.class, GapId.class, GapId::parse);
    registry.addConverter(String.class, ImportId.class, ImportId::parse);
  }

  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(new AccessArgumentResolver(callers));
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(logContext);
    registry.addInterceptor(new QueryParameterInterceptor()).addPathPatterns("/v1/**");
    passOn.ifAvailable(interceptor -> registry.addInterceptor(interceptor));
  }

  @Bean
  JsonMapperBuilderCustomizer timesInMilliseconds() {
    var times = new SimpleModule("times in milliseconds");
    times.addSerializer(
        Instant.class,
        new ToStringSerializerBase(Instant.class) {
          @Override
          public String valueToString(Object time) {
            return Timestamps.format((Instant) time);
          }
        });
    return builder -> builder.addModule(times);
  }
}
