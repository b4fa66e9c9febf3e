package dev.rollbook.statedb;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.jdbc.core.JdbcOperations;

/// [Inserts] for every repository of this package; Spring Data finds it by its name.
///
/// An insert through Spring Data renders its SQL anew each time, and was two thirds of what the
/// start of a thread cost.
class InsertsFragment<T> implements Inserts<T> {
  private final JdbcOperations jdbc;
  private final ConcurrentMap<Class<?>, RowInsert> statements = new ConcurrentHashMap<>();

  InsertsFragment(JdbcOperations jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public T insert(T row) {
    var statement = statement(row);
    jdbc.update(statement.sql(), statement.values(row), statement.types());
    return row;
  }

  @Override
  public void insertAll(List<T> rows) {
    if (!rows.isEmpty()) {
      var statement = statement(rows.getFirst());
      var values = rows.stream().map(statement::values).toList();
      jdbc.batchUpdate(statement.sql(), values, statement.types());
    }
  }

  private RowInsert statement(T row) {
    return statements.computeIfAbsent(row.getClass(), RowInsert::of);
  }
}
