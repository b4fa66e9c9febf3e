package dev.rollbook.statedb.listing;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.jdbc.TableMapping;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.stereotype.Repository;

/// Query for pages of threads, with any combination of filters. A page begins strictly after the
/// last row of the previous page.
///
/// Without filters, a page is read from an index in the order of the list, so page 1000 costs the
/// same as page 1. With filters, an index first returns the ids of candidates. Few candidates are
/// read by id and sorted. If there are many, threads are scanned in the order of the list until the
/// page is full. [FullScanLimiter] limits these scans.
@Repository
public class ThreadListing {
  /// Up to this number sorting the candidates is faster than a scan in order.
  static final int MAX_CANDIDATES = 1000;

  /// If at least one thread in this number meets a condition, the condition is common.
  private static final int COMMON_SHARE = 4;

  private static final int FIRST_WINDOW = 128;
  private static final int LARGEST_WINDOW = 2048;

  private final NamedParameterJdbcOperations jdbc;
  private final FullScanLimiter scans;
  private final CommonConditions common = new CommonConditions();
  private final ObjectProvider<ThreadTextIndex> texts;
  private final DeletedThreads deleted;
  private final RowMapper<ThreadRow> rows = new TableMapping<>(ThreadRow.class);

  ThreadListing(
      FullScanLimiter scans, ObjectProvider<ThreadTextIndex> texts, DeletedThreads deleted) {
    this.jdbc = scans.jdbc();
    this.scans = scans;
    this.texts = texts;
    this.deleted = deleted;
  }

  /// Skips rows that an interrupted deletion has left.
  ///
  /// @throws dev.rollbook.model.RollbookException.TooManyRequests if too many threads must be
  ///   scanned
  public List<ThreadRow> page(ThreadQuery query) {
    var shown = new ArrayList<ThreadRow>();
    for (var next = query; ; ) {
      var page = rows(next);
      page.stream()
          .filter(row -> !deleted.contains(row.id()))
          .limit(query.limit() - shown.size())
          .forEach(shown::add);
      if (shown.size() == query.limit() || page.size() < query.limit()) {
        return shown;
      }
      next = query.after(page.getLast());
    }
  }

  private List<ThreadRow> rows(ThreadQuery query) {
    var candidates = candidates(query.filter());
    if (candidates != null) {
      return candidates.isEmpty() ? List.of() : page(query, candidates);
    }
    return query.filter().isSelective(isInOrderOfTenant(query))
        ? scans.run(() -> page(query, null))
        : page(query, null);
  }

  private List<ThreadRow> page(ThreadQuery query, @Nullable Collection<UUID> among) {
    return query.filter().hasMatcher() ? matching(query, among) : read(query, among);
  }

  /// Ids of all threads that may match; null if there are too many.
  private @Nullable Collection<UUID> candidates(ThreadFilter filter) {
    if (filter.among() != null && filter.among().size() <= MAX_CANDIDATES) {
      return filter.among();
    }
    var text = filter.text();
    var index = text == null ? null : texts.getIfAvailable();
    if (text != null && index != null) {
      var found = index.find(text, MAX_CANDIDATES);
      if (found.isPresent()) {
        return found.get();
      }
    }
    for (var condition : filter.lookups()) {
      var found = candidates(condition);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private @Nullable List<UUID> candidates(ThreadFilter.Condition condition) {
    if (common.has(condition)) {
      return null;
    }
    var sql =
        "SELECT id FROM thread WHERE %s LIMIT %d".formatted(condition.lookup(), MAX_CANDIDATES + 1);
    var found = jdbc.query(sql, condition.values(), (row, number) -> row.getObject(1, UUID.class));
    if (found.size() > MAX_CANDIDATES || isCommon(found.size())) {
      common.add(condition);
      return null;
    }
    return found;
  }

  /// Whether so many of all threads are candidates that a scan in order soon fills a page. This is
  /// true only for a table of at most [#COMMON_SHARE] times [#MAX_CANDIDATES] rows.
  private boolean isCommon(int candidates) {
    int few = COMMON_SHARE * candidates;
    var sql = "SELECT COUNT(*) FROM (SELECT 1 FROM thread LIMIT %d) counted".formatted(few + 1);
    return Objects.requireNonNull(jdbc.queryForObject(sql, Map.of(), Integer.class)) <= few;
  }

  private List<ThreadRow> read(ThreadQuery query, @Nullable Collection<UUID> among) {
    var values = query.filter().values();
    var sql = sql("*", query, among, values);
    values.put("limit", query.limit());
    return jdbc.query(sql + " LIMIT :limit", values, rows);
  }

  /// Reads in order, and applies the conditions that SQL cannot test, until the page is full.
  private List<ThreadRow> matching(ThreadQuery query, @Nullable Collection<UUID> among) {
    long begun = System.nanoTime();
    var found = new ArrayList<UUID>();
    int window = among == null ? FIRST_WINDOW : Integer.MAX_VALUE;
    for (var next = query; ; window = Math.min(2 * window, LARGEST_WINDOW)) {
      var seen = window(next, among, window);
      seen.stream()
          .filter(one -> query.filter().matches(one.id(), one.name(), one.preview(), one.cwd()))
          .limit(query.limit() - found.size())
          .map(Seen::id)
          .forEach(found::add);
      if (found.size() == query.limit() || seen.size() < window) {
        return inOrder(found);
      }
      if (System.nanoTime() - begun > FullScanLimiter.SCAN_TIMEOUT.toNanos()) {
        throw FullScanLimiter.tooLong();
      }
      next = query.after(seen.getLast().at(), seen.getLast().id());
    }
  }

  private List<Seen> window(ThreadQuery query, @Nullable Collection<UUID> among, int size) {
    var values = query.filter().values();
    var columns = "id, %s, name, preview, cwd".formatted(query.sort().column);
    var sql = sql(columns, query, among, values);
    values.put("limit", size);
    return jdbc.query(
        sql + " LIMIT :limit",
        values,
        (row, number) ->
            new Seen(
                row.getObject(1, UUID.class),
                row.getObject(2, OffsetDateTime.class).toInstant(),
                row.getString(3),
                row.getString(4),
                row.getString(5)));
  }

  /// Skips rows that have been removed meanwhile.
  private List<ThreadRow> inOrder(List<UUID> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    var byId =
        jdbc.query("SELECT * FROM thread WHERE id IN (:ids)", Map.of("ids", ids), rows).stream()
            .collect(Collectors.toMap(ThreadRow::id, Function.identity()));
    return ids.stream().filter(byId::containsKey).map(byId::get).toList();
  }

  static String sql(
      String columns,
      ThreadQuery query,
      @Nullable Collection<UUID> among,
      Map<String, Object> values) {
    var order = query.sort().column;
    var direction = query.descending() ? "DESC" : "ASC";
    // H2 uses the order of an index only if the list states all of its columns.
    var tenant =
        among == null && isInOrderOfTenant(query) ? "tenant %s, ".formatted(direction) : "";
    return "SELECT %s FROM thread WHERE %s%s ORDER BY %s%s %s, id %s"
        .formatted(
            columns,
            indexCondition(query, among, values),
            query.filter().tests(),
            tenant,
            order,
            direction,
            direction);
  }

  private static boolean isInOrderOfTenant(ThreadQuery query) {
    return query.filter().tenantIndexCondition() != null
        && query.sort() == ThreadQuery.Sort.UPDATED_AT;
  }

  /// The condition that an index serves: either ids, or a tenant and a position in the order.
  private static String indexCondition(
      ThreadQuery query, @Nullable Collection<UUID> among, Map<String, Object> values) {
    var after = "TRUE";
    if (query.after() != null) {
      values.put("afterAt", query.after().at().atOffset(ZoneOffset.UTC));
      values.put("afterId", query.after().id());
      after =
          "(%s, id) %s (:afterAt, :afterId)"
              .formatted(query.sort().column, query.descending() ? "<" : ">");
    }
    if (among == null) {
      var tenant = query.filter().tenantIndexCondition();
      return tenant == null ? after : tenant + " AND " + after;
    }
    values.put("among", among);
    return "id IN (:among) AND CASE WHEN %s THEN TRUE ELSE FALSE END".formatted(after);
  }

  /// The columns that [ThreadFilter#matches] tests.
  private record Seen(
      UUID id, Instant at, @Nullable String name, @Nullable String preview, @Nullable String cwd) {}

  /// Cache of conditions that many threads meet, so that they are not counted again for each list.
  /// It affects only how threads are found.
  private static final class CommonConditions {
    private static final Duration TIME_TO_LIVE = Duration.ofSeconds(10);
    private static final int MAX_ENTRIES = 1000;

    private final ConcurrentMap<Object, Long> values = new ConcurrentHashMap<>();

    boolean has(Object value) {
      var since = values.get(value);
      if (since != null && System.nanoTime() - since > TIME_TO_LIVE.toNanos()) {
        values.remove(value, since);
        return false;
      }
      return since != null;
    }

    void add(Object value) {
      if (values.size() >= MAX_ENTRIES) {
        values.clear();
      }
      values.put(value, System.nanoTime());
    }
  }
}
