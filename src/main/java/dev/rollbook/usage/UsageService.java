package dev.rollbook.usage;

import dev.rollbook.access.Access;
import dev.rollbook.statedb.listing.ThreadSummaries;
import dev.rollbook.statedb.listing.UsageScan;
import dev.rollbook.usage.UsageReport.Group;
import dev.rollbook.usage.UsageReport.Pricing;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// Sums up the token usage of threads. The rows of threads may be up to 250 ms behind.
@Service
public class UsageService {
  private final UsageScan scan;
  private final ThreadSummaries summaries;
  private final @Nullable PriceTable prices;

  /// @throws dev.rollbook.model.StartupException if the price table cannot be used
  UsageService(UsageScan scan, ThreadSummaries summaries, UsageProperties properties) {
    this.scan = scan;
    this.summaries = summaries;
    this.prices = properties.pricesFile() == null ? null : PriceTable.read(properties.pricesFile());
  }

  /// Usage of the threads that the caller sees. Turns that a fork has from its parent count for the
  /// parent only.
  public UsageReport report(Access access, UsageQuery query) {
    var groups = new UsageGroups(query, prices);
    scan.forEach(query.filter().rows(access), groups::add);
    var first = groups.first();
    return new UsageReport(
        withThreads(first),
        groups.total(),
        groups.isTruncated(),
        prices == null ? null : new Pricing(prices.currency(), groups.modelsWithoutPrice()));
  }

  private List<Group> withThreads(List<Group> groups) {
    var ids = groups.stream().map(Group::threadId).filter(Objects::nonNull).distinct().toList();
    var threads = summaries.of(ids);
    return groups.stream()
        .map(group -> group.threadId() == null ? group : group.with(threads.get(group.threadId())))
        .toList();
  }
}
