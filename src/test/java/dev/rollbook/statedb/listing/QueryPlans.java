package dev.rollbook.statedb.listing;

import dev.rollbook.access.Access;
import dev.rollbook.statedb.AccessCondition;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;

/// How the state-db executes the queries of lists.
public final class QueryPlans {
  /// A list with a filter is sorted if it has at most this many candidates.
  public static final int MAX_CANDIDATES = ThreadListing.MAX_CANDIDATES;

  private QueryPlans() {}

  /// The index that has the threads in this order.
  public static String index(ThreadQuery.Sort sort) {
    return "thread_by_" + sort.column.replace("_at", "");
  }

  /// The plan of a page of gaps, as the state-db explains it.
  public static String ofGaps(
      ApplicationContext context,
      Access access,
      @Nullable String reason,
      ThreadQuery.@Nullable Position after) {
    var values = new HashMap<String, Object>(AccessCondition.values(access));
    values.put("limit", 26);
    return explained(context, GapListing.sql(access, reason, after, values), values);
  }

  /// The plan of a page, as the state-db explains it.
  public static String plan(
      ApplicationContext context, ThreadQuery query, @Nullable Collection<UUID> among) {
    var values = query.filter().values();
    var sql = ThreadListing.sql("*", query, among, values);
    return explained(context, sql + " LIMIT 26", values);
  }

  private static String explained(
      ApplicationContext context, String sql, Map<String, Object> values) {
    return String.join(
        "\n",
        context
            .getBean(FullScanLimiter.class)
            .jdbc()
            .queryForList("EXPLAIN " + sql, values, String.class));
  }
}
