package dev.rollbook.statedb;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.util.ClassUtils;

/// Reads rows into records with a component for each column: what Spring Data does for each of them
/// costs more than the query.
///
/// One is for queries that select the same columns. Where a column is, is asked once, as it stays
/// while the process runs: H2 would make a map of all names for every result that is read by them.
final class RecordMapper<T> implements RowMapper<T> {
  private final Constructor<T> constructor;
  private final List<RecordComponent> components;
  private volatile int @Nullable [] places;

  /// @param row a record
  RecordMapper(Class<T> row) {
    this.components = List.of(row.getRecordComponents());
    var types = components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      this.constructor = row.getDeclaredConstructor(types);
    } catch (NoSuchMethodException noRecord) {
      throw new IllegalArgumentException(row + " is no record", noRecord);
    }
  }

  @Override
  public T mapRow(ResultSet result, int number) throws SQLException {
    var known = places;
    if (known == null) {
      known = placesIn(result);
      places = known;
    }
    var values = new @Nullable Object[known.length];
    for (int n = 0; n < known.length; n++) {
      values[n] = value(result, known[n], components.get(n).getType());
    }
    try {
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private int[] placesIn(ResultSet result) throws SQLException {
    var found = new int[components.size()];
    for (int n = 0; n < found.length; n++) {
      found[n] = result.findColumn(RowInsert.column(components.get(n)));
    }
    return found;
  }

  private static @Nullable Object value(ResultSet result, int place, Class<?> type)
      throws SQLException {
    if (type == Instant.class) {
      var time = result.getObject(place, OffsetDateTime.class);
      return time == null ? null : time.toInstant();
    }
    return type == String.class
        ? result.getString(place)
        : result.getObject(place, ClassUtils.resolvePrimitiveIfNecessary(type));
  }
}
