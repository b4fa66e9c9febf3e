package dev.rollbook.statedb;

import dev.rollbook.model.DeletedThreads;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.stereotype.Repository;

/// Pages of threads by any mix of filters, each strictly after the last row of the page before.
///
/// The order is an index from end to end, so that page 1000 costs what page 1 costs.
@Repository
public class ThreadListing {
  private final NamedParameterJdbcOperations jdbc;
  private final DeletedThreads deleted;
  private final RowMapper<ThreadRow> rows = new RecordMapper<>(ThreadRow.class);

  ThreadListing(NamedParameterJdbcOperations jdbc, DeletedThreads deleted) {
    this.jdbc = jdbc;
    this.deleted = deleted;
  }

  /// Rows that a deletion which was cut short has left are passed over.
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
    var sql = new StringBuilder("SELECT * FROM thread WHERE TRUE");
    var values = new HashMap<String, @Nullable Object>();
    if (query.archived() != null) {
      sql.append(query.archived() ? " AND archived_at IS NOT NULL" : " AND archived_at IS NULL");
    }
    equal(sql, values, "pinned", query.pinned());
    equal(sql, values, "source", query.source());
    equal(sql, values, "cwd", query.cwd());
    equal(sql, values, "model", query.model());
    equal(sql, values, "forked_from_id", query.forkedFrom());
    equal(sql, values, "kind", query.kind());
    equal(sql, values, "parent_thread_id", query.parentThread());
    text(sql, values, query.text());
    after(sql, values, query);
    var direction = query.descending() ? "DESC" : "ASC";
    sql.append(
        " ORDER BY %1$s %2$s, id %2$s LIMIT :limit".formatted(query.sort().column, direction));
    values.put("limit", query.limit());
    return jdbc.query(sql.toString(), values, rows);
  }

  private static void equal(
      StringBuilder sql,
      Map<String, @Nullable Object> values,
      String column,
      @Nullable Object value) {
    if (value != null) {
      sql.append(" AND %1$s = :%1$s".formatted(column));
      values.put(column, value);
    }
  }

  private static void text(
      StringBuilder sql, Map<String, @Nullable Object> values, @Nullable String text) {
    if (text != null) {
      sql.append(
          " AND (LOWER(name) LIKE :text ESCAPE '!' OR LOWER(preview) LIKE :text ESCAPE '!'"
              + " OR LOWER(cwd) LIKE :text ESCAPE '!')");
      values.put("text", "%" + text.toLowerCase(Locale.ROOT).replaceAll("[!%_]", "!$0") + "%");
    }
  }

  private static void after(
      StringBuilder sql, Map<String, @Nullable Object> values, ThreadQuery query) {
    if (query.after() != null) {
      sql.append(
          " AND (%s, id) %s (:afterAt, :afterId)"
              .formatted(query.sort().column, query.descending() ? "<" : ">"));
      values.put("afterAt", query.after().at().atOffset(ZoneOffset.UTC));
      values.put("afterId", query.after().id());
    }
  }
}
