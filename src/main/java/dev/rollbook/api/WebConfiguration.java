package dev.rollbook.api;

import dev.rollbook.model.GapId;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.TurnId;
import java.time.Instant;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;
import org.springframework.format.FormatterRegistry;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/// How ids are read and times are written.
@Configuration(proxyBeanMethods = false)
class WebConfiguration implements WebMvcConfigurer {
  @Override
  public void addFormatters(FormatterRegistry registry) {
    registry.addConverter(new ToThreadId());
    registry.addConverter(new ToTurnId());
    registry.addConverter(new ToGapId());
    registry.addConverter(new ToImportId());
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(new LogContext());
    registry.addInterceptor(new ParameterCheck()).addPathPatterns("/v1/**");
  }

  @Bean
  JsonMapperBuilderCustomizer timesInMilliseconds() {
    var times = new SimpleModule("times in milliseconds");
    times.addSerializer(Instant.class, new InstantAsText());
    return builder -> builder.addModule(times);
  }

  /// A path variable that must be the id of a thread.
  private static final class ToThreadId implements Converter<String, ThreadId> {
    @Override
    public ThreadId convert(String text) {
      return ThreadId.parse(text);
    }
  }

  /// A path variable or parameter that must be the id of a turn.
  private static final class ToTurnId implements Converter<String, TurnId> {
    @Override
    public TurnId convert(String text) {
      return TurnId.parse(text);
    }
  }

  /// A path variable that must be the id of a gap.
  private static final class ToGapId implements Converter<String, GapId> {
    @Override
    public GapId convert(String text) {
      return GapId.parse(text);
    }
  }

  /// A path variable that must be the id of an import.
  private static final class ToImportId implements Converter<String, ImportId> {
    @Override
    public ImportId convert(String text) {
      return ImportId.parse(text);
    }
  }

  /// One form of time in all answers.
  private static final class InstantAsText extends StdSerializer<Instant> {
    InstantAsText() {
      super(Instant.class);
    }

    @Override
    public void serialize(Instant value, JsonGenerator json, SerializationContext context) {
      json.writeString(Timestamps.format(value));
    }
  }
}
