package dev.rollbook.statedb.jdbc;

import static java.util.stream.Collectors.joining;
import static org.springframework.util.ReflectionUtils.invokeMethod;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.data.annotation.Transient;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.StatementCreatorUtils;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.util.ClassUtils;

/// Mapping between a record and the columns of a table: row mapper, INSERT and named parameters.
///
/// A component of the record is a column. If a component is itself a record, the components of this
/// inner record are columns. A component that is [Transient] has no column. Spring Data is not used
/// here for two reasons. It generates the INSERT again for each row, which took two thirds of the
/// time of a thread start. Its mapping of a row takes longer than the query.
///
/// All queries that use one row mapper must select the same columns in the same order. The mapper
/// looks up the positions of columns only once, because for a look-up H2 builds a map of all names
/// in the result set.
public final class TableMapping<T> implements RowMapper<T> {
  private final List<Column> columns = new ArrayList<>();
  private final Part row;
  private final int selected;
  private final String insert;
  private volatile int @Nullable [] positions;

  /// A method of a row whose value is inserted as a column of its own, for queries to look up.
  @Target(ElementType.METHOD)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Derived {}

  /// @param type a record; one whose rows are inserted names its table
  public TableMapping(Class<T> type) {
    this.row = group(type, of -> of);
    this.selected = columns.size();
    Arrays.stream(type.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(Derived.class))
        .forEach(method -> columns.add(Column.of(method, of -> of)));
    var table = type.getAnnotation(Table.class);
    this.insert =
        "INSERT INTO %s (%s) VALUES (%s)"
            .formatted(
                table == null ? "" : table.value(),
                columns.stream().map(Column::name).collect(joining(", ")),
                columns.stream().map(column -> "?").collect(joining(", ")));
  }

  /// An INSERT statement for [#bind].
  public String insert() {
    return insert;
  }

  /// Sets the parameters of [#insert]. Named parameters took a tenth of the time of an insert.
  public void bind(PreparedStatement statement, T of) throws SQLException {
    int index = 1;
    for (var column : columns) {
      StatementCreatorUtils.setParameterValue(statement, index++, column.type(), column.value(of));
    }
  }

  /// The columns of a row under the names of their components.
  public MapSqlParameterSource parameters(T of) {
    var parameters = new MapSqlParameterSource();
    for (var column : columns) {
      parameters.addValue(column.parameter(), column.value(of), column.type());
    }
    return parameters;
  }

  @Override
  @SuppressWarnings("unchecked")
  public T mapRow(ResultSet result, int number) throws SQLException {
    var known = positions;
    if (known == null) {
      known = positionsIn(result);
      positions = known;
    }
    var values = new @Nullable Object[selected];
    for (int n = 0; n < selected; n++) {
      values[n] = columns.get(n).read(result, known[n]);
    }
    return (T) Objects.requireNonNull(row.build(values));
  }

  private int[] positionsIn(ResultSet result) throws SQLException {
    var found = new int[selected];
    for (int n = 0; n < selected; n++) {
      found[n] = result.findColumn(columns.get(n).name());
    }
    return found;
  }

  /// Adds the columns of a record.
  private Part group(Class<?> type, Function<Object, Object> path) {
    var parts = new ArrayList<Part>();
    for (var component : type.getRecordComponents()) {
      var accessor = component.getAccessor();
      if (component.getType().isRecord() && !accessor.isAnnotationPresent(Transient.class)) {
        parts.add(
            group(
                component.getType(),
                of -> Objects.requireNonNull(invokeMethod(accessor, path.apply(of)))));
      } else if (!accessor.isAnnotationPresent(Transient.class)) {
        int column = columns.size();
        parts.add(values -> values[column]);
        columns.add(Column.of(accessor, path));
      }
    }
    var constructor = BeanUtils.getResolvableConstructor(type);
    return values -> {
      var components = new @Nullable Object[parts.size()];
      for (int n = 0; n < components.length; n++) {
        components[n] = parts.get(n).build(values);
      }
      try {
        return constructor.newInstance(components);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  /// Builds a component of a row from the values of all columns.
  private interface Part {
    @Nullable Object build(@Nullable Object[] values);
  }

  /// @param path from a row to the record that has the component
  private record Column(
      String parameter,
      String name,
      Class<?> java,
      int type,
      Function<Object, Object> path,
      Method accessor) {
    /// `rolloutPath` becomes `rollout_path`.
    static Column of(Method accessor, Function<Object, Object> path) {
      var parameter = accessor.getName();
      var name = parameter.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
      var java = accessor.getReturnType();
      return new Column(parameter, name, java, type(java), path, accessor);
    }

    @Nullable Object value(Object row) {
      var value = invokeMethod(accessor, path.apply(row));
      return value instanceof Instant instant ? instant.atOffset(ZoneOffset.UTC) : value;
    }

    @Nullable Object read(ResultSet result, int position) throws SQLException {
      if (java == Instant.class) {
        var time = result.getObject(position, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
      }
      return java == String.class
          ? result.getString(position)
          : result.getObject(position, ClassUtils.resolvePrimitiveIfNecessary(java));
    }

    private static int type(Class<?> java) {
      return switch (ClassUtils.resolvePrimitiveIfNecessary(java).getSimpleName()) {
        case "Instant" -> Types.TIMESTAMP_WITH_TIMEZONE;
        case "UUID" -> Types.OTHER;
        case "String" -> Types.VARCHAR;
        case "Boolean" -> Types.BOOLEAN;
        case "Integer" -> Types.INTEGER;
        case "Long" -> Types.BIGINT;
        default -> throw new IllegalArgumentException(java + " is no type of a column");
      };
    }
  }
}
