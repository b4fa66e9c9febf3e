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

/// Where the state-db believes that rollouts lie: many rows a query, and of each no more than it
/// takes to compare it with its file.
@Repository
public class ThreadLocationQuery {
  private static final String PLACE =
      """
      SELECT id, rollout_path, rollout_bytes, compressed_bytes, ordered, reading, updated_at
      FROM thread
      """;

  private final NamedParameterJdbcOperations jdbc;
  private final RowMapper<ThreadLocation> places = new TableMapping<>(ThreadLocation.class);

  ThreadLocationQuery(NamedParameterJdbcOperations jdbc) {
    this.jdbc = jdbc;
  }

  /// Those of the threads that have a row.
  public Map<UUID, ThreadLocation> of(Collection<UUID> threads) {
    return threads.isEmpty()
        ? Map.of()
        : jdbc.query(PLACE + " WHERE id IN (:ids)", Map.of("ids", threads), places).stream()
            .collect(Collectors.toMap(ThreadLocation::id, Function.identity()));
  }

  /// In the order of the ids, strictly after the given one.
  public List<ThreadLocation> page(@Nullable UUID after, int limit) {
    var values = new HashMap<String, Object>();
    values.put("limit", limit);
    if (after != null) {
      values.put("after", after);
    }
    return jdbc.query(
        PLACE + (after == null ? "" : " WHERE id > :after") + " ORDER BY id LIMIT :limit",
        values,
        places);
  }
}
