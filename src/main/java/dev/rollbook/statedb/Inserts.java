package dev.rollbook.statedb;

/// Inserts rows that bring their own id, which a plain `save` would take for existing ones.
public interface Inserts<T> {
  /// @throws org.springframework.dao.DuplicateKeyException if the id is taken
  T insert(T row);
}
