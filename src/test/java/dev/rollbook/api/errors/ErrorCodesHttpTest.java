package dev.rollbook.api.errors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.HttpTest;
import dev.rollbook.model.GapId;
import dev.rollbook.model.ImportId;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.ResponseEntity;
import org.springframework.test.util.ReflectionTestUtils;
import tools.jackson.databind.json.JsonMapper;

/// Every `RollbookException` has its problem in the OpenAPI description, including those that no
/// test provokes.
class ErrorCodesHttpTest extends HttpTest {
  static Stream<RollbookException> failures() {
    return Arrays.stream(RollbookException.class.getPermittedSubclasses())
        .flatMap(type -> Arrays.stream(type.getConstructors()))
        .flatMap(ErrorCodesHttpTest::made);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void everyExceptionHasItsProblemInTheApiDescription(RollbookException failure) {
    ResponseEntity<?> answer =
        ReflectionTestUtils.invokeMethod(context.getBean("apiExceptionHandler"), "answer", failure);
    var problem =
        context
            .getBean(JsonMapper.class)
            .<tools.jackson.databind.JsonNode>valueToTree(answer.getBody());

    assertThat(api.violations("/components/schemas/Problem", problem)).isEmpty();
    var code = problem.path("code").stringValue();
    var described = api.document().at("/components/examples/" + code + "/value");
    for (var member : List.of("type", "title", "status", "retryable", "recovery")) {
      assertThat(problem.path(member)).as(code + " " + member).isEqualTo(described.path(member));
    }
  }

  /// One for each word of a closed set that it can be made of.
  private static Stream<RollbookException> made(Constructor<?> constructor) {
    var all = List.<List<Object>>of(List.of());
    for (var type : constructor.getParameterTypes()) {
      var longer = new ArrayList<List<Object>>();
      for (var arguments : all) {
        for (var value : values(type)) {
          longer.add(Stream.concat(arguments.stream(), Stream.of(value)).toList());
        }
      }
      all = longer;
    }
    return all.stream()
        // Has a failure of its own.
        .filter(arguments -> !arguments.contains(ResumeFailure.THREAD_NOT_FOUND))
        .map(arguments -> made(constructor, arguments));
  }

  private static RollbookException made(Constructor<?> constructor, List<Object> arguments) {
    try {
      return (RollbookException) constructor.newInstance(arguments.toArray());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static Object[] values(Class<?> type) {
    if (type.isEnum()) {
      return type.getEnumConstants();
    }
    var known =
        List.of(
            new ThreadId(UUID.randomUUID()),
            new TurnId(UUID.randomUUID()),
            new GapId(UUID.randomUUID()),
            new ImportId(UUID.randomUUID()),
            "some words",
            new IOException("some cause"));
    if (type.equals(boolean.class)) {
      return new Object[] {true, false};
    }
    return type.equals(long.class)
        ? new Object[] {7L}
        : known.stream().filter(type::isInstance).limit(1).toArray();
  }
}
