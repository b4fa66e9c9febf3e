package dev.rollbook.statedb;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.data.relational.core.mapping.Table;

/// The INSERT of one kind of row, made once from the components of its record and its methods that
/// are a [DerivedColumn].
final class RowInsert {
  private final String sql;
  private final List<Method> columns;
  private final int[] types;

  private RowInsert(String table, List<Method> columns) {
    this.columns = columns;
    this.types = columns.stream().mapToInt(column -> type(column.getReturnType())).toArray();
    this.sql =
        columns.stream()
                .map(column -> column(column.getName()))
                .collect(Collectors.joining(", ", "INSERT INTO " + table + " (", ") VALUES ("))
            + String.join(", ", columns.stream().map(column -> "?").toList())
            + ")";
  }

  static RowInsert of(Class<?> row) {
    var table = Objects.requireNonNull(row.getAnnotation(Table.class), "a row names its table");
    var components = Arrays.stream(row.getRecordComponents()).map(RecordComponent::getAccessor);
    var derived =
        Arrays.stream(row.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(DerivedColumn.class));
    return new RowInsert(table.value(), Stream.concat(components, derived).toList());
  }

  String sql() {
    return sql;
  }

  @Nullable Object[] values(Object row) {
    return columns.stream().map(column -> value(column, row)).toArray();
  }

  int[] types() {
    return types.clone();
  }

  private static @Nullable Object value(Method column, Object row) {
    try {
      var value = column.invoke(row);
      return value instanceof Instant instant ? instant.atOffset(ZoneOffset.UTC) : value;
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static int type(Class<?> type) {
    if (type == Instant.class) {
      return Types.TIMESTAMP_WITH_TIMEZONE;
    }
    if (type == UUID.class) {
      return Types.OTHER;
    }
    if (type == String.class) {
      return Types.VARCHAR;
    }
    if (type == boolean.class) {
      return Types.BOOLEAN;
    }
    return type == int.class ? Types.INTEGER : Types.BIGINT;
  }

  /// `rolloutPath` becomes `rollout_path`.
  static String column(RecordComponent component) {
    return column(component.getName());
  }

  private static String column(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
