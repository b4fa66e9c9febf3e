package dev.rollbook.statedb;

import org.springframework.data.jdbc.core.JdbcAggregateOperations;

/// [Inserts] for every repository of this package; Spring Data finds it by its name.
class InsertsFragment<T> implements Inserts<T> {
  private final JdbcAggregateOperations aggregates;

  InsertsFragment(JdbcAggregateOperations aggregates) {
    this.aggregates = aggregates;
  }

  @Override
  public T insert(T row) {
    return aggregates.insert(row);
  }
}
