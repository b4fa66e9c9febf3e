package dev.rollbook.projection;

import dev.rollbook.model.TokenCounts;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Reads the numbers of tokens from the usage of a turn, under the names that agents and the APIs
/// of models give them, in snake case or in camel case.
///
/// | kind | names |
/// |---|---|
/// | input | `input_tokens`, `prompt_tokens` |
/// | cached input | `cached_input_tokens`; `cached_tokens` in `input_tokens_details` or `prompt_tokens_details`; `cache_read_input_tokens` |
/// | output | `output_tokens`, `completion_tokens` |
/// | reasoning | `reasoning_output_tokens`; `reasoning_tokens` in `output_tokens_details` or `completion_tokens_details` |
/// | total | `total_tokens`; otherwise input and output together |
///
/// Claude does not count `cache_read_input_tokens` and `cache_creation_input_tokens` in its
/// `input_tokens`, so they are added to the input.
final class TokenKinds {
  private final Map<String, Long> numbers = new HashMap<>();

  private TokenKinds() {}

  static TokenCounts of(ObjectNode usage) {
    var kinds = new TokenKinds();
    kinds.read("", usage);
    return kinds.counts();
  }

  /// Members of objects in the usage are known by both names.
  private void read(String prefix, ObjectNode usage) {
    usage.forEachEntry((name, value) -> {
      var known = prefix + name.replace("_", "").toLowerCase(Locale.ROOT);
      if (value instanceof ObjectNode details) {
        if (prefix.isEmpty()) {
          read(known + ".", details);
        }
      } else {
        numbers.put(known, Math.max(0, value.longValue()));
      }
    });
  }

  private TokenCounts counts() {
    long read = of("cachereadinputtokens");
    var beside = new TokenCounts(read, read, 0, 0, 0).plus(input(of("cachecreationinputtokens")));
    long cached =
        of(
            "cachedinputtokens",
            "inputtokensdetails.cachedtokens",
            "prompttokensdetails.cachedtokens");
    var all =
        new TokenCounts(
                of("inputtokens", "prompttokens"),
                cached,
                of("outputtokens", "completiontokens"),
                of(
                    "reasoningoutputtokens",
                    "outputtokensdetails.reasoningtokens",
                    "completiontokensdetails.reasoningtokens"),
                of("totaltokens"))
            .plus(beside);
    return numbers.containsKey("totaltokens")
        ? all
        : all.plus(total(all.input())).plus(total(all.output()));
  }

  private static TokenCounts input(long tokens) {
    return new TokenCounts(tokens, 0, 0, 0, 0);
  }

  private static TokenCounts total(long tokens) {
    return new TokenCounts(0, 0, 0, 0, tokens);
  }

  /// The number under the first of the names that the usage has.
  private long of(String... names) {
    for (var name : names) {
      var number = numbers.get(name);
      if (number != null) {
        return number;
      }
    }
    return 0;
  }
}
