package dev.rollbook.model;

/// Numbers of tokens, the same kinds for all agents. Its components are the members of the JSON.
///
/// @param input all tokens that were sent to the model, cached ones included
/// @param cachedInput those of the input that the model's cache had
/// @param output all tokens that the model returned, those for reasoning included
/// @param reasoning those of the output that are reasoning
/// @param total input and output together, unless the agent reported another total
public record TokenCounts(long input, long cachedInput, long output, long reasoning, long total) {
  public static final TokenCounts NONE = new TokenCounts(0, 0, 0, 0, 0);

  public TokenCounts plus(TokenCounts other) {
    return new TokenCounts(
        sum(input, other.input),
        sum(cachedInput, other.cachedInput),
        sum(output, other.output),
        sum(reasoning, other.reasoning),
        sum(total, other.total));
  }

  public TokenCounts minus(TokenCounts other) {
    return plus(
        new TokenCounts(
            -other.input, -other.cachedInput, -other.output, -other.reasoning, -other.total));
  }

  /// Clients send any number, so sums saturate.
  public static long sum(long one, long two) {
    long sum = one + two;
    boolean overflows = ((one ^ sum) & (two ^ sum)) < 0;
    return overflows ? (one < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
  }
}
