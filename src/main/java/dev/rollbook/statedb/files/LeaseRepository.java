package dev.rollbook.statedb.files;

import dev.rollbook.statedb.jdbc.TableMapping;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;

/// Repository of the lease of the files: which process writes them.
public final class LeaseRepository {
  private static final TableMapping<Lease> ROW = new TableMapping<>(Lease.class);

  private final FileDatabase database;

  public LeaseRepository(FileDatabase database) {
    this.database = database;
  }

  /// The row of the lease.
  ///
  /// @param beat goes up while the holder lives
  /// @param holder for people; null after an orderly stop
  public record Lease(long epoch, long beat, @Nullable String holder) {}

  /// The lease; empty if no process has ever had it.
  public Optional<Lease> find() throws IOException {
    return database
        .call(jdbc -> jdbc.query("SELECT epoch, beat, holder FROM storage_lease", ROW))
        .stream()
        .findFirst();
  }

  /// Acquires a lease that nobody has had before.
  ///
  /// @return false if another process was faster
  public boolean create(Lease lease) throws IOException {
    try {
      return update(
          "INSERT INTO storage_lease (id, epoch, beat, holder) VALUES (1, ?, ?, ?)",
          lease.epoch(),
          lease.beat(),
          lease.holder());
    } catch (IOException e) {
      if (e.getCause() instanceof DuplicateKeyException) {
        return false;
      }
      throw e;
    }
  }

  /// Replaces the lease, if it is still the one that was seen.
  public boolean replace(Lease seen, Lease next) throws IOException {
    return update(
        "UPDATE storage_lease SET epoch = ?, beat = ?, holder = ? WHERE epoch = ? AND beat = ?",
        next.epoch(),
        next.beat(),
        next.holder(),
        seen.epoch(),
        seen.beat());
  }

  /// Shows that the holder lives.
  ///
  /// @return false if another process has the lease
  public boolean beat(long epoch, String holder) throws IOException {
    return update(
        "UPDATE storage_lease SET beat = beat + 1, holder = ? WHERE epoch = ?", holder, epoch);
  }

  /// Ends the lease in order: the next process need not wait.
  public void release(long epoch) throws IOException {
    update("UPDATE storage_lease SET holder = NULL WHERE epoch = ?", epoch);
  }

  private boolean update(String sql, @Nullable Object... values) throws IOException {
    return database.changeLease(jdbc -> jdbc.update(sql, values) > 0);
  }
}
