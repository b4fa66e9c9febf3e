package dev.rollbook.usage;

import dev.rollbook.model.ThreadSummary;
import dev.rollbook.model.TokenCounts;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Usage by group. The components of these records are the members of the JSON.
///
/// @param data groups; the latest day first, otherwise the one with the most tokens
/// @param total sums over all groups, also those that are left out
/// @param truncated whether groups are left out, because there are more than the limit
/// @param pricing null without a price table
public record UsageReport(
    List<Group> data, Sums total, boolean truncated, @Nullable Pricing pricing) {
  /// @param key what the turns of the group have in common: a member for each dimension of the
  ///   query
  /// @param thread what is shown of the thread, if usage is grouped by thread
  public record Group(
      Map<String, @Nullable Object> key,
      @Nullable ThreadSummary thread,
      long turns,
      long threads,
      TokenCounts tokens,
      @Nullable Cost cost) {
    @Nullable UUID threadId() {
      return (UUID) key.get("threadId");
    }

    @Nullable LocalDate day() {
      return (LocalDate) key.get("day");
    }

    Group with(@Nullable ThreadSummary summary) {
      return new Group(key, summary, turns, threads, tokens, cost);
    }
  }

  /// @param turns turns that began
  /// @param threads threads that have such turns
  public record Sums(long turns, long threads, TokenCounts tokens, @Nullable Cost cost) {}

  /// @param amount of all tokens whose price is known
  /// @param unpricedTokens total of the tokens whose price is not known
  public record Cost(BigDecimal amount, long unpricedTokens) {}

  /// @param modelsWithoutPrice models with tokens that the price table lacks, sorted; at most 100
  public record Pricing(String currency, List<String> modelsWithoutPrice) {}
}
