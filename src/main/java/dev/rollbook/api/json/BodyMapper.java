package dev.rollbook.api.json;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.text.RawJson;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.util.AccessPattern;

/// Binds request bodies to records. The type of a record component determines the deserializer,
/// which reads the value from the [JsonBody].
///
/// A component is null if the body lacks the member. The deserializer decides what a JSON null
/// means.
public final class BodyMapper {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          // Deserializers throw the response, unwrapped; JsonBody checks for trailing tokens.
          .disable(DeserializationFeature.WRAP_EXCEPTIONS)
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .addModule(
              new SimpleModule()
                  .addDeserializer(String.class, new MemberDeserializer<>(BodyMapper::text, null))
                  .addDeserializer(RawJson.class, new MemberDeserializer<>(BodyMapper::raw, null))
                  .addDeserializer(Boolean.class, of(JsonBody::bool))
                  .addDeserializer(Long.class, of(JsonBody::ordinal))
                  .addDeserializer(List.class, of(JsonBody::items))
                  .addDeserializer(ThreadId.class, of(body -> body.parsed(ThreadId::parse)))
                  .addDeserializer(TurnId.class, of(body -> body.parsed(TurnId::parse)))
                  .addDeserializer(
                      PersistencePolicy.class, of(body -> body.parsed(PersistencePolicy::parse))))
          .build();

  private static final ClassValue<List<String>> MEMBERS =
      new ClassValue<>() {
        @Override
        protected List<String> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
        }
      };

  /// Found once per type, not for each body.
  private static final ClassValue<ObjectReader> READERS =
      new ClassValue<>() {
        @Override
        protected ObjectReader computeValue(Class<?> type) {
          return MAPPER.readerFor(type);
        }
      };

  private BodyMapper() {}

  /// Size limit of a member: in characters for a text, in bytes for an object. Without this
  /// annotation either may be as large as an item, and any JSON value is accepted in place of the
  /// object.
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Max {
    int value();

    /// Whether invalid characters in a text are replaced; otherwise the text is refused.
    boolean replacing() default false;
  }

  static List<String> members(Class<? extends Record> type) {
    return MEMBERS.get(type);
  }

  static <T extends Record> T read(JsonBody body, Class<T> type) {
    return READERS.get(type).readValue(body);
  }

  private static @Nullable String text(JsonBody body, @Nullable Max max) {
    if (max == null) {
      return body.longText();
    }
    return max.replacing() ? body.text(max.value()) : body.word(max.value());
  }

  private static @Nullable RawJson raw(JsonBody body, @Nullable Max max) {
    return max == null ? body.rawOrNull() : body.rawObject(max.value());
  }

  private static <T> MemberDeserializer<T> of(Function<JsonBody, @Nullable T> reading) {
    return new MemberDeserializer<>(reading);
  }

  /// Reads a member at its first token.
  private interface MemberReader<T> {
    @Nullable T read(JsonBody body, @Nullable Max max);
  }

  /// Deserializer of a member. Types that only one request has name a subclass by
  /// `@JsonDeserialize`.
  public static class MemberDeserializer<T> extends ValueDeserializer<T> {
    private final MemberReader<T> reading;
    private final @Nullable Max max;

    protected MemberDeserializer(Function<JsonBody, @Nullable T> reading) {
      this((body, max) -> reading.apply(body), null);
    }

    private MemberDeserializer(MemberReader<T> reading, @Nullable Max max) {
      this.reading = reading;
      this.max = max;
    }

    @Override
    public ValueDeserializer<?> createContextual(
        DeserializationContext context, @Nullable BeanProperty member) {
      return member == null
          ? this
          : new MemberDeserializer<>(reading, member.getAnnotation(Max.class));
    }

    @Override
    public @Nullable T deserialize(JsonParser body, DeserializationContext context) {
      return reading.read((JsonBody) body, max);
    }

    @Override
    public @Nullable Object getNullValue(DeserializationContext context) {
      return reading.read((JsonBody) context.getParser(), max);
    }

    @Override
    public AccessPattern getNullAccessPattern() {
      return AccessPattern.DYNAMIC;
    }

    @Override
    public @Nullable Object getAbsentValue(DeserializationContext context) {
      return null;
    }
  }
}
