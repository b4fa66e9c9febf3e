package dev.rollbook.api;

import dev.rollbook.api.MergePatch.PatchedMetadata;
import dev.rollbook.api.MergePatch.PatchedName;
import dev.rollbook.api.ThreadRequests.OnResumeFailure;
import dev.rollbook.api.TurnRequests.Input;
import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
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
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.util.AccessPattern;

/// Binds request bodies to records: one deserializer for each type of a member, which reads it off
/// the [JsonBody] and refuses it with its place.
///
/// A member that is missing is null in the record; what null means is its deserializer's to say.
final class BodyMapper {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          // What a deserializer throws is the answer; and the body says itself what comes behind.
          .disable(DeserializationFeature.WRAP_EXCEPTIONS)
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .addModule(
              new SimpleModule()
                  .addDeserializer(String.class, new Member<>(BodyMapper::text))
                  .addDeserializer(RawJson.class, new Member<>(BodyMapper::raw))
                  .addDeserializer(Boolean.class, of(JsonBody::bool))
                  .addDeserializer(Long.class, of(JsonBody::ordinal))
                  .addDeserializer(List.class, of(JsonBody::items))
                  .addDeserializer(Input.class, of(Input::read))
                  .addDeserializer(ThreadId.class, of(body -> body.parsed(ThreadId::parse)))
                  .addDeserializer(TurnId.class, of(body -> body.parsed(TurnId::parse)))
                  .addDeserializer(
                      PersistencePolicy.class, of(body -> body.parsed(PersistencePolicy::parse)))
                  .addDeserializer(
                      OnResumeFailure.class, of(body -> body.parsed(OnResumeFailure::parse)))
                  .addDeserializer(PatchedName.class, of(PatchedName::read))
                  .addDeserializer(PatchedMetadata.class, of(PatchedMetadata::read)))
          .build();

  private static final ClassValue<List<String>> MEMBERS =
      new ClassValue<>() {
        @Override
        protected List<String> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
        }
      };

  private BodyMapper() {}

  /// The bound of a text, in characters, or of an object, in bytes. Without it they may be as large
  /// as an item, and in place of an object stands any value.
  @Retention(RetentionPolicy.RUNTIME)
  @interface Max {
    int value();

    /// Whether what is no character in a text is replaced, rather than the text refused.
    boolean replacing() default false;
  }

  static List<String> members(Class<? extends Record> type) {
    return MEMBERS.get(type);
  }

  static <T extends Record> T read(JsonBody body, Class<T> type) {
    return MAPPER.readerFor(type).readValue(body);
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

  private static <T> Member<T> of(Function<JsonBody, @Nullable T> reading) {
    return new Member<>((body, max) -> reading.apply(body));
  }

  /// Reads a member at its first token.
  private interface Reading<T> {
    @Nullable T read(JsonBody body, @Nullable Max max);
  }

  private static final class Member<T> extends ValueDeserializer<T> {
    private final Reading<T> reading;
    private final @Nullable Max max;

    Member(Reading<T> reading) {
      this(reading, null);
    }

    private Member(Reading<T> reading, @Nullable Max max) {
      this.reading = reading;
      this.max = max;
    }

    @Override
    public ValueDeserializer<?> createContextual(
        DeserializationContext context, @Nullable BeanProperty member) {
      return member == null ? this : new Member<>(reading, member.getAnnotation(Max.class));
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
