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

/// Pages of threads by any mix of filters, each strictly after the last row of the page before.
///
/// Without filters a page is read from an index in its order, so that page 1000 costs what page 1
/// costs. With filters an index is asked first which threads may match: few of them are read by
/// their ids and sorted. Where no filter leaves few, threads are looked at in their order until the
/// page is full, which [FullScanLimiter] bounds.
@Repository
public class ThreadListing {
  /// As many are rather sorted than looked for in the order.
  static final int FEW = 1000;

  private static final int FIRST_WINDOW = 128;
  private static final int LARGEST_WINDOW = 2048;

  private final NamedParameterJdbcOperations jdbc;
  private final FullScanLimiter scans;
  private final CommonValues common = new CommonValues();
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

  /// Rows that a deletion which was cut short has left are passed over.
  ///
  /// @throws dev.rollbook.model.RollbookException.TooManyRequests if too much has to be looked at
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
    var few = few(query.filter());
    if (few != null) {
      return few.isEmpty() ? List.of() : page(query, few);
    }
    return query.filter().isSelective() ? scans.run(() -> page(query, null)) : page(query, null);
  }

  private List<ThreadRow> page(ThreadQuery query, @Nullable Collection<UUID> among) {
    return query.filter().hasMatcher() ? matching(query, among) : read(query, among);
  }

  /// Ids of all threads that may match where they are few; null where they are many.
  private @Nullable Collection<UUID> few(ThreadFilter filter) {
    if (filter.among() != null && filter.among().size() <= FEW) {
      return filter.among();
    }
    var text = filter.text();
    var index = text == null ? null : texts.getIfAvailable();
    if (text != null && index != null) {
      var found = index.find(text, FEW);
      if (found.isPresent()) {
        return found.get();
      }
    }
    for (var condition : filter.lookups()) {
      var found = few(condition);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private @Nullable List<UUID> few(ThreadFilter.Condition condition) {
    if (common.has(condition)) {
      return null;
    }
    var sql = "SELECT id FROM thread WHERE %s LIMIT %d".formatted(condition.lookup(), FEW + 1);
    var found = jdbc.query(sql, condition.values(), (row, number) -> row.getObject(1, UUID.class));
    if (found.size() > FEW) {
      common.add(condition);
      return null;
    }
    return found;
  }

  private List<ThreadRow> read(ThreadQuery query, @Nullable Collection<UUID> among) {
    var values = query.filter().values();
    var sql = sql("*", query, among, values);
    values.put("limit", query.limit());
    return jdbc.query(sql + " LIMIT :limit", values, rows);
  }

  /// Reads in the order, and looks at what the database cannot test, until the page is full.
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
      if (System.nanoTime() - begun > FullScanLimiter.LONGEST.toNanos()) {
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

  /// What is gone by now is left out.
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
    return "SELECT %s FROM thread WHERE %s%s ORDER BY %s %s, id %s"
        .formatted(
            columns,
            place(query, among, values),
            query.filter().tests(),
            order,
            direction,
            direction);
  }

  /// What an index answers: either few ids, or a place in the order.
  private static String place(
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
      return after;
    }
    values.put("among", among);
    return "id IN (:among) AND CASE WHEN %s THEN TRUE ELSE FALSE END".formatted(after);
  }

  /// The part of a row that a filter looks at.
  private record Seen(
      UUID id, Instant at, @Nullable String name, @Nullable String preview, @Nullable String cwd) {}

  /// Values that many threads were found to have lately, so that nobody counts them again for each
  /// list. Threads are only looked for in another way by it; what is found is the same.
  private static final class CommonValues {
    private static final Duration KNOWN_FOR = Duration.ofSeconds(10);
    private static final int MOST = 1000;

    private final ConcurrentMap<Object, Long> values = new ConcurrentHashMap<>();

    boolean has(Object value) {
      var since = values.get(value);
      if (since != null && System.nanoTime() - since > KNOWN_FOR.toNanos()) {
        values.remove(value, since);
        return false;
      }
      return since != null;
    }

    void add(Object value) {
      if (values.size() >= MOST) {
        values.clear();
      }
      values.put(value, System.nanoTime());
    }
  }
}
