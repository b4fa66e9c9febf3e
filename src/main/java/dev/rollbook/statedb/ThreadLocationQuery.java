package dev.rollbook.statedb;

import dev.rollbook.statedb.jdbc.TableMapping;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.stereotype.Repository;

/// Query for the rollouts of the threads in the state-db. It reads many rows at a time, and of each
/// row only the columns that are compared with the rollout.
@Repository
public class ThreadLocationQuery {
  private static final String SELECT =
      """
      SELECT id, rollout_path, rollout_bytes, compressed_bytes, ordered, reading, updated_at
      FROM thread
      """;

  private final NamedParameterJdbcOperations jdbc;
  private final RowMapper<ThreadLocation> mapper = new TableMapping<>(ThreadLocation.class);

  ThreadLocationQuery(NamedParameterJdbcOperations jdbc) {
    this.jdbc = jdbc;
  }

  /// Locations of those of the threads that have a row.
  public Map<UUID, ThreadLocation> findAllById(Collection<UUID> threads) {
    return threads.isEmpty()
        ? Map.of()
        : jdbc.query(SELECT + " WHERE id IN (:ids)", Map.of("ids", threads), mapper).stream()
            .collect(Collectors.toMap(ThreadLocation::id, Function.identity()));
  }

  /// In ascending order of the ids, strictly after the given one.
  public List<ThreadLocation> page(@Nullable UUID after, int limit) {
    var values = new HashMap<String, Object>();
    values.put("limit", limit);
    if (after != null) {
      values.put("after", after);
    }
    return jdbc.query(
        SELECT + (after == null ? "" : " WHERE id > :after") + " ORDER BY id LIMIT :limit",
        values,
        mapper);
  }
}
