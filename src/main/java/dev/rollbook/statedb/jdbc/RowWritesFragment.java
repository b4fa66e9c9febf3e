package dev.rollbook.statedb.jdbc;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;

/// Implementation of [RowWrites] that all repositories share. Spring Data finds the class by its
/// name.
class RowWritesFragment<T> implements RowWrites<T> {
  private final NamedParameterJdbcOperations jdbc;
  private final ConcurrentMap<Class<?>, TableMapping<T>> tables = new ConcurrentHashMap<>();

  RowWritesFragment(NamedParameterJdbcOperations jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public T insert(T row) {
    var table = table(row);
    jdbc.getJdbcOperations().update(table.insert(), statement -> table.bind(statement, row));
    return row;
  }

  @Override
  public void insertAll(List<T> rows) {
    if (!rows.isEmpty()) {
      var table = table(rows.getFirst());
      jdbc.getJdbcOperations().batchUpdate(table.insert(), rows, rows.size(), table::bind);
    }
  }

  @Override
  public int update(String sql, T row, Map<String, ?> others) {
    return jdbc.update(sql, table(row).parameters(row).addValues(others));
  }

  @SuppressWarnings("unchecked")
  private TableMapping<T> table(T row) {
    return tables.computeIfAbsent(row.getClass(), type -> new TableMapping<>((Class<T>) type));
  }
}
