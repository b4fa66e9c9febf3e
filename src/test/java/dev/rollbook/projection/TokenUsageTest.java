package dev.rollbook.projection;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Usage objects are added up, whatever they contain.
class TokenUsageTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"in":5,"out":2}                | {"in":1}                  | {"in":6,"out":2}
          {"a":{"b":{"c":1}}}             | {"a":{"b":{"c":2,"d":3}}} | {"a":{"b":{"c":3,"d":3}}}
          {"n":-3}                        | {"n":1}                   | {"n":-2}
          {"n":1}                         | {"n":{"m":1}}             | {"n":{"m":1}}
          {"n":{"m":1}}                   | {"n":1}                   | {"n":{"m":1}}
          {"n":1,"s":"x","f":1.5,"b":true}| {"z":null,"l":[1]}        | {"n":1}
          {"n":9223372036854775807}       | {"n":1}                   | {"n":9223372036854775807}
          {"n":-9223372036854775808}      | {"n":-1}                  | {"n":-9223372036854775808}
          {"n":1}                         | {"n":9223372036854775808} | {"n":1}
          {"n":1}                         | {"n":1e999999}            | {"n":1}
          {"n":1}                         | {"n":1e3,"m":2.0}         | {"n":1}
          {"a":1}                         | {"\\u0000":2}            | {"a":1,"�":2}
          """)
  void wholeNumbersAreAddedByName(String one, String two, String sum) {
    assertThat(TokenUsage.of(one).plus(TokenUsage.of(two)).json()).isEqualTo(sum);
  }

  @ParameterizedTest
  @CsvSource({"5", "[1]", "true", "1e999999", "{}", "{\"a\":{}}", "{\"a\":", "''", "not json"})
  void usageWithoutIntegersIsNone(@Nullable String said) {
    assertThat(TokenUsage.of(said).json()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"input_tokens":9,"cached_input_tokens":4,"output_tokens":3,"reasoning_output_tokens":2,"total_tokens":12} | 9,4,3,2,12
          {"inputTokens":9,"cachedInputTokens":4,"outputTokens":3,"reasoningOutputTokens":2,"totalTokens":12}        | 9,4,3,2,12
          {"input_tokens":9,"output_tokens":3}                                                                       | 9,0,3,0,12
          {"input_tokens":1,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,"output_tokens":4,"cache_creation":{"input_tokens":7}} | 321,300,4,0,325
          {"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}} | 9,4,3,2,12
          {"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":2}} | 9,4,3,2,12
          {"total_tokens":5}                                                                                         | 0,0,0,0,5
          {"input_tokens":-9,"output_tokens":3}                                                                      | 0,0,3,0,3
          {"input_tokens":9223372036854775807,"output_tokens":3}                                                     | 9223372036854775807,0,3,0,9223372036854775807
          {"in":5}                                                                                                   | 0,0,0,0,0
          """)
  void tokensAreReadUnderTheNamesOfAllAgents(String usage, String counts) {
    var read = TokenUsage.of(usage).counts();

    assertThat(
            "%d,%d,%d,%d,%d"
                .formatted(
                    read.input(),
                    read.cachedInput(),
                    read.output(),
                    read.reasoning(),
                    read.total()))
        .isEqualTo(counts);
  }

  @Test
  void aTurnWithoutUsageAddsNothing() {
    assertThat(TokenUsage.of((String) null).json()).isNull();
    assertThat(TokenUsage.NONE.plus(TokenUsage.NONE).json()).isNull();
  }

  @Test
  void numbersOfAnyLengthAreAccepted() {
    var digits = "9".repeat(100_000);

    assertThat(TokenUsage.of("{\"n\":1}").plus(TokenUsage.of("{\"n\":" + digits + "}")).json())
        .isEqualTo("{\"n\":1}");
  }

  @Test
  void nestedObjectsAreAdded() {
    var deep = "{\"a\":".repeat(250) + "1" + "}".repeat(250);

    assertThat(TokenUsage.of(deep).plus(TokenUsage.of(deep)).json())
        .isEqualTo(deep.replace('1', '2'));
  }

  @Test
  void aTurnThatMakesTheSumTooLongIsLeftOut() {
    var json = new StringBuilder("{\"n\":1");
    for (int i = 0; i < 5_000; i++) {
      json.append(",\"name-").append(i).append("\":1");
    }

    var sum = TokenUsage.of("{\"n\":1}").plus(TokenUsage.of(json.append("}").toString()));

    assertThat(sum.json()).isEqualTo("{\"n\":1}");
    assertThat(sum.plus(TokenUsage.of("{\"n\":2}")).json()).isEqualTo("{\"n\":3}");
  }

  @Test
  void theSumOfTheSameTurnsIsTheSameText() {
    var one = TokenUsage.of("{\"b\":1,\"a\":{\"y\":1}}");
    var two = TokenUsage.of("{\"a\":{\"x\":1},\"c\":2}");

    assertThat(one.plus(two).json()).isEqualTo(two.plus(one).json());
    assertThat(TokenUsage.of(one.plus(two).json()).json()).isEqualTo(one.plus(two).json());
  }
}
