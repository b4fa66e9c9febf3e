package dev.rollbook.statedb.jdbc;

import java.util.List;
import java.util.Map;

/// Writes of whole rows, for every repository of this package. Rows bring their own id, so that a
/// plain `save` would take them for existing ones.
public interface RowWrites<T> {
  /// @throws org.springframework.dao.DuplicateKeyException if the id is taken
  T insert(T row);

  /// Inserts all of them in one batch.
  ///
  /// @throws org.springframework.dao.DuplicateKeyException if an id is taken
  void insertAll(List<T> rows);

  /// Runs an UPDATE, or another statement, whose parameters are the components of a row and others.
  ///
  /// @return how many rows it has changed
  int update(String sql, T row, Map<String, ?> others);
}
