package dev.rollbook.statedb.listing;

import dev.rollbook.model.ThreadSummary;
import dev.rollbook.statedb.jdbc.StateDbJdbcTemplate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Component;

/// Reads what lists of something else show of their threads, without the large columns.
@Component
public class ThreadSummaries {
  /// Ids in one statement.
  private static final int CHUNK = 1000;

  private final NamedParameterJdbcOperations jdbc;

  ThreadSummaries(StateDbJdbcTemplate jdbc) {
    this.jdbc = new NamedParameterJdbcTemplate(jdbc);
  }

  /// By id; without those that have been removed meanwhile.
  public Map<UUID, ThreadSummary> of(List<UUID> threads) {
    var found = new HashMap<UUID, ThreadSummary>();
    for (int from = 0; from < threads.size(); from += CHUNK) {
      read(threads.subList(from, Math.min(from + CHUNK, threads.size())), found);
    }
    return found;
  }

  private void read(List<UUID> threads, Map<UUID, ThreadSummary> found) {
    jdbc.query(
        "SELECT id, name, preview, cwd, source, kind FROM thread WHERE id IN (:ids)",
        Map.of("ids", threads),
        row -> {
          found.put(
              row.getObject(1, UUID.class),
              new ThreadSummary(
                  row.getString(2),
                  row.getString(3),
                  row.getString(4),
                  row.getString(5),
                  row.getString(6)));
        });
  }
}
