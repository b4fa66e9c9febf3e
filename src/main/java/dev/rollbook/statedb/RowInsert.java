package dev.rollbook.statedb;

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
import org.jspecify.annotations.Nullable;
import org.springframework.data.relational.core.mapping.Table;

/// The INSERT of one kind of row, made once from the components of its record.
final class RowInsert {
  private final String sql;
  private final List<RecordComponent> components;
  private final int[] types;

  private RowInsert(String table, List<RecordComponent> components) {
    this.components = components;
    this.types = components.stream().mapToInt(component -> type(component.getType())).toArray();
    this.sql =
        components.stream()
                .map(RowInsert::column)
                .collect(Collectors.joining(", ", "INSERT INTO " + table + " (", ") VALUES ("))
            + String.join(", ", components.stream().map(component -> "?").toList())
            + ")";
  }

  static RowInsert of(Class<?> row) {
    var table = Objects.requireNonNull(row.getAnnotation(Table.class), "a row names its table");
    return new RowInsert(table.value(), Arrays.asList(row.getRecordComponents()));
  }

  String sql() {
    return sql;
  }

  @Nullable Object[] values(Object row) {
    return components.stream().map(component -> value(component, row)).toArray();
  }

  int[] types() {
    return types.clone();
  }

  private static @Nullable Object value(RecordComponent component, Object row) {
    try {
      var value = component.getAccessor().invoke(row);
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
    return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
