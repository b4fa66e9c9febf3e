package dev.rollbook.statedb.listing;

import dev.rollbook.access.Access;
import dev.rollbook.model.Facets;
import dev.rollbook.model.Facets.Facet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.stereotype.Repository;

/// Query for facets: the distinct values of the columns that lists can be filtered by, with the
/// number of threads.
///
/// Each column is read from its index. The index contains only the beginning of a long value, so
/// long values with the same beginning are counted as one value.
@Repository
public class ThreadFacets {
  private final NamedParameterJdbcOperations jdbc;
  private final FullScanLimiter scans;

  ThreadFacets(FullScanLimiter scans) {
    this.jdbc = scans.jdbc();
    this.scans = scans;
  }

  /// @param kind a `ThreadKind`; null for all
  /// @param limit number of values per column, the most frequent ones
  public Facets of(Access access, boolean archived, @Nullable String kind, int limit) {
    var filter = ThreadFilter.all().visibleTo(access).archived(archived).kind(kind);
    return scans.run(() ->
        new Facets(
            of("cwd", filter, limit), of("model", filter, limit), of("source", filter, limit)));
  }

  private List<Facet> of(String column, ThreadFilter filter, int limit) {
    var values = filter.values();
    values.put("limit", limit);
    return jdbc
        .query(
            """
            SELECT %1$s_key, COUNT(*) FROM thread WHERE %1$s_key IS NOT NULL%2$s
            GROUP BY %1$s_key ORDER BY 2 DESC, 1 LIMIT :limit
            """
                .formatted(column, filter.tests()),
            values,
            (row, number) -> new Facet(row.getString(1), row.getLong(2)))
        .stream()
        .map(key -> new Facet(value(column, filter, key.value()), key.threads()))
        .toList();
  }

  private String value(String column, ThreadFilter filter, String key) {
    var values = filter.values();
    values.put("key", key);
    List<@Nullable String> found =
        jdbc.query(
            "SELECT %1$s FROM thread WHERE %1$s_key = :key%2$s ORDER BY %1$s_key LIMIT 1"
                .formatted(column, filter.tests()),
            values,
            (row, number) -> row.getString(1));
    return found.isEmpty() ? key : String.valueOf(found.getFirst());
  }
}
