package dev.rollbook.statedb.files;

import dev.rollbook.statedb.jdbc.TableMapping;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.springframework.jdbc.core.JdbcTemplate;

/// Repository of the processes that use the files.
public final class ReplicaRepository {
  private static final String ALL =
      "SELECT id, name, address, version, beat, stopping FROM replica ORDER BY started_at, id";
  private static final String BEAT =
      """
      WITH mine AS (
        UPDATE replica SET beat = beat + 1, name = ?, stopping = ? WHERE id = ? RETURNING id
      )
      """;
  private static final TableMapping<ReplicaRow> ROW = new TableMapping<>(ReplicaRow.class);

  private final FileDatabase database;

  public ReplicaRepository(FileDatabase database) {
    this.database = database;
  }

  public List<ReplicaRow> findAll() throws IOException {
    return database.call(jdbc -> jdbc.query(ALL, ROW));
  }

  /// Adds a process. One process at a time can be added.
  ///
  /// @param silent processes that are removed, unless they have shown a sign of life since
  /// @param admits whether the process may be added beside the others
  /// @return false if it was not added
  public boolean join(
      ReplicaRow self, Instant at, List<ReplicaRow> silent, Predicate<List<ReplicaRow>> admits)
      throws IOException {
    return database.changeTogether(jdbc -> {
      jdbc.execute("LOCK TABLE replica IN SHARE ROW EXCLUSIVE MODE");
      silent.forEach(other -> remove(jdbc, other));
      return admits.test(jdbc.query(ALL, ROW)) && insert(jdbc, self, at);
    });
  }

  private static boolean insert(JdbcTemplate jdbc, ReplicaRow self, Instant at) {
    return jdbc.update(
            "INSERT INTO replica (id, name, address, version, beat, stopping, started_at)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)",
            self.id(),
            self.name(),
            self.address(),
            self.version(),
            self.beat(),
            self.stopping(),
            FileRepository.time(at))
        > 0;
  }

  /// Shows that a process lives, and returns all of them, as they were before. The process is not
  /// among them if another one has removed it.
  public List<ReplicaRow> beat(UUID id, String name, boolean stopping) throws IOException {
    return database.beat(jdbc -> jdbc.query(BEAT + ALL, ROW, name, stopping, id));
  }

  /// Removes a process that showed no sign of life since it was seen.
  public void remove(ReplicaRow silent) throws IOException {
    database.call(jdbc -> remove(jdbc, silent));
  }

  private static boolean remove(JdbcTemplate jdbc, ReplicaRow silent) {
    return jdbc.update("DELETE FROM replica WHERE id = ? AND beat = ?", silent.id(), silent.beat())
        > 0;
  }

  /// Removes a process that stops. Nobody has to wait for it, and its threads have no owner.
  public void leave(UUID id) throws IOException {
    database.change(jdbc -> jdbc.update("DELETE FROM replica WHERE id = ?", id));
  }
}
