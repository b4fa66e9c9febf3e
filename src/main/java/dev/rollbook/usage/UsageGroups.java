package dev.rollbook.usage;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.TokenCounts;
import dev.rollbook.model.UsageTimeline;
import dev.rollbook.statedb.listing.UsageScan.ThreadUsage;
import dev.rollbook.usage.PriceTable.Price;
import dev.rollbook.usage.UsageQuery.Dimension;
import dev.rollbook.usage.UsageReport.Cost;
import dev.rollbook.usage.UsageReport.Group;
import dev.rollbook.usage.UsageReport.Sums;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Adds up the usage of threads, one thread after the other. Not thread-safe.
///
/// Groups of a thread are complete once the thread was added, so only the first ones are kept of
/// them. All other groups stay in memory until the end, and their number is limited.
final class UsageGroups {
  /// Also limits the memory of a query, to about 20 MB.
  static final int MAX_GROUPS = 50_000;

  private static final int MAX_MODELS_WITHOUT_PRICE = 100;

  private static final Comparator<Group> MOST_TOKENS_FIRST =
      Comparator.comparingLong((Group group) -> group.tokens().total())
          .thenComparingLong(Group::turns)
          .reversed()
          .thenComparing(group -> group.key().toString());
  private static final Comparator<Group> LATEST_FIRST =
      Comparator.comparing(Group::day, Comparator.nullsLast(Comparator.reverseOrder()));

  private final UsageQuery query;
  private final @Nullable PriceTable prices;
  private final long since;
  private final long until;
  private final Map<Key, Sum> groups = new HashMap<>();
  private final Map<String, String> spellings = new HashMap<>();
  private final TreeSet<String> modelsWithoutPrice = new TreeSet<>();
  private final PriorityQueue<Group> first;
  private final Comparator<Group> order;
  private final Sum total = new Sum();
  private boolean truncated;

  UsageGroups(UsageQuery query, @Nullable PriceTable prices) {
    this.query = query;
    this.prices = prices;
    this.since = query.since() == null ? Long.MIN_VALUE : UsageTimeline.quarter(query.since());
    this.until = query.until() == null ? Long.MAX_VALUE : UsageTimeline.quarter(query.until());
    this.order =
        query.by().contains(Dimension.DAY)
            ? LATEST_FIRST.thenComparing(MOST_TOKENS_FIRST)
            : MOST_TOKENS_FIRST;
    this.first = new PriorityQueue<>(order.reversed());
  }

  void add(ThreadUsage thread) {
    var price = prices == null ? null : prices.of(thread.model());
    var sums = sums(thread, price);
    if (sums.isEmpty()) {
      return;
    }
    var all = new Sum();
    sums.forEach((key, sum) -> {
      all.add(sum);
      sum.threads = 1;
      if (query.by().contains(Dimension.THREAD)) {
        keepIfFirst(group(key, sum));
      } else {
        groups.computeIfAbsent(key, none -> new Sum()).add(sum);
      }
    });
    all.threads = 1;
    total.add(all);
    if (prices != null && price == null && all.tokens.total() > 0) {
      noteModelWithoutPrice(thread.model());
    }
    requireFewGroups();
  }

  /// The groups of one thread.
  private Map<Key, Sum> sums(ThreadUsage thread, @Nullable Price price) {
    var sums = new HashMap<Key, Sum>();
    thread
        .timeline()
        .forEach((quarter, turns, tokens) -> {
          if (quarter >= since && quarter < until) {
            sums.computeIfAbsent(key(thread, quarter), none -> new Sum()).add(turns, tokens, price);
          }
        });
    return sums;
  }

  private void noteModelWithoutPrice(@Nullable String model) {
    if (model != null) {
      modelsWithoutPrice.add(model);
    }
    if (modelsWithoutPrice.size() > MAX_MODELS_WITHOUT_PRICE) {
      modelsWithoutPrice.pollLast();
    }
  }

  private void requireFewGroups() {
    if (groups.size() > MAX_GROUPS) {
      throw new InvalidRequest(
          "by",
          "gives more than %d groups: group by less, or restrict since, until or another filter"
              .formatted(MAX_GROUPS));
    }
  }

  /// The first groups in order.
  List<Group> first() {
    groups.forEach((key, sum) -> keepIfFirst(group(key, sum)));
    groups.clear();
    return first.stream().sorted(order).toList();
  }

  private void keepIfFirst(Group group) {
    first.add(group);
    if (first.size() > query.limit()) {
      first.poll();
      truncated = true;
    }
  }

  boolean isTruncated() {
    return truncated;
  }

  Sums total() {
    return new Sums(total.turns, total.threads, total.tokens(), total.cost());
  }

  List<String> modelsWithoutPrice() {
    return List.copyOf(modelsWithoutPrice);
  }

  /// @return with null for what usage is not grouped by
  private Key key(ThreadUsage thread, long quarter) {
    var by = query.by();
    return new Key(
        by.contains(Dimension.DAY)
            ? LocalDate.ofInstant(UsageTimeline.start(quarter), query.zone())
            : null,
        by.contains(Dimension.MODEL) ? thread.model() : null,
        by.contains(Dimension.CWD) ? spelling(thread) : null,
        by.contains(Dimension.SOURCE) ? thread.source() : null,
        by.contains(Dimension.THREAD) ? thread.id() : null);
  }

  /// The directory in the spelling of the first thread that has it. A group of one thread has the
  /// spelling of this thread, so that not all directories are kept.
  private @Nullable String spelling(ThreadUsage thread) {
    var key = thread.cwdKey();
    return key == null || thread.cwd() == null || query.by().contains(Dimension.THREAD)
        ? thread.cwd()
        : spellings.computeIfAbsent(key, first -> thread.cwd());
  }

  private Group group(Key key, Sum sum) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    for (var dimension : Dimension.values()) {
      if (query.by().contains(dimension)) {
        switch (dimension) {
          case DAY -> members.put("day", key.day);
          case MODEL -> members.put("model", key.model);
          case CWD -> members.put("cwd", key.cwd);
          case SOURCE -> members.put("source", key.source);
          case THREAD -> members.put("threadId", key.thread);
        }
      }
    }
    return new Group(members, null, sum.turns, sum.threads, sum.tokens(), sum.cost());
  }

  private record Key(
      @Nullable LocalDate day,
      @Nullable String model,
      @Nullable String cwd,
      @Nullable String source,
      @Nullable UUID thread) {}

  /// A sum that grows.
  private final class Sum {
    private long turns;
    private long threads;
    private TokenCounts tokens = TokenCounts.NONE;
    private BigDecimal amount = BigDecimal.ZERO;
    private long unpriced;

    void add(long moreTurns, TokenCounts more, @Nullable Price price) {
      turns += moreTurns;
      tokens = tokens.plus(more);
      if (price != null) {
        amount = amount.add(price.of(more));
      } else {
        unpriced = TokenCounts.sum(unpriced, more.total());
      }
    }

    void add(Sum other) {
      turns += other.turns;
      threads += other.threads;
      tokens = tokens.plus(other.tokens);
      amount = amount.add(other.amount);
      unpriced = TokenCounts.sum(unpriced, other.unpriced);
    }

    TokenCounts tokens() {
      return tokens;
    }

    @Nullable Cost cost() {
      return prices == null ? null : new Cost(PriceTable.rounded(amount), unpriced);
    }
  }
}
