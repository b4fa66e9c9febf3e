package dev.rollbook.statedb;

import java.util.List;

/// Inserts rows that bring their own id, which a plain `save` would take for existing ones.
public interface Inserts<T> {
  /// @throws org.springframework.dao.DuplicateKeyException if the id is taken
  T insert(T row);

  /// All of them in one batch.
  ///
  /// @throws org.springframework.dao.DuplicateKeyException if an id is taken
  void insertAll(List<T> rows);
}
