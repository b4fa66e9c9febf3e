package dev.rollbook.statedb.jdbc;

import java.util.List;
import java.util.Map;

/// Repository fragment with the writes of whole rows. `save` of Spring Data is not used. It would
/// execute an UPDATE for a new row, because the row has its id before it is inserted.
public interface RowWrites<T> {
  /// @throws org.springframework.dao.DuplicateKeyException if the id is taken
  T insert(T row);

  /// Inserts all of them in one batch.
  ///
  /// @throws org.springframework.dao.DuplicateKeyException if an id is taken
  void insertAll(List<T> rows);

  /// Executes an UPDATE whose parameters are the components of a row and some others.
  ///
  /// @return the number of updated rows
  int update(String sql, T row, Map<String, ?> others);
}
