package dev.rollbook.statedb.listing;

import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.UsageTimeline;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.stereotype.Repository;

/// Scan of the usage of all threads that meet a filter.
///
/// The usage of a thread is in its row, so a scan reads no turns. It reads in the order of
/// creation, in windows, so that memory does not grow with the number of threads. [FullScanLimiter]
/// limits the scans.
@Repository
public class UsageScan {
  /// A row has up to 50 KB, and several scans may run in a heap of 256 MB.
  private static final int WINDOW = 256;

  private static final RowMapper<ThreadUsage> ROWS =
      (row, number) ->
          new ThreadUsage(
              row.getObject(1, UUID.class),
              row.getObject(2, OffsetDateTime.class).toInstant(),
              row.getString(3),
              row.getString(4),
              row.getString(5),
              row.getString(6),
              UsageTimeline.of(row.getString(7)));

  private final NamedParameterJdbcOperations jdbc;
  private final FullScanLimiter scans;
  private final DeletedThreads deleted;

  UsageScan(FullScanLimiter scans, DeletedThreads deleted) {
    this.jdbc = scans.jdbc();
    this.scans = scans;
    this.deleted = deleted;
  }

  /// The usage of a thread, with what usage is grouped by.
  ///
  /// @param cwdKey the same for all spellings of a directory
  public record ThreadUsage(
      UUID id,
      Instant createdAt,
      @Nullable String model,
      @Nullable String source,
      @Nullable String cwd,
      @Nullable String cwdKey,
      UsageTimeline timeline) {}

  /// Calls the action for each thread that has turns of its own. Skips rows that an interrupted
  /// deletion has left.
  ///
  /// @throws dev.rollbook.model.RollbookException.TooManyRequests if too many threads must be
  ///   scanned
  public void forEach(ThreadFilter filter, Consumer<ThreadUsage> action) {
    scans.run(() -> {
      scan(filter, action);
      return true;
    });
  }

  private void scan(ThreadFilter filter, Consumer<ThreadUsage> action) {
    long begun = System.nanoTime();
    var window = window(filter, null);
    while (!window.isEmpty()) {
      for (var usage : window) {
        if (!deleted.contains(usage.id())) {
          action.accept(usage);
        }
      }
      if (System.nanoTime() - begun > FullScanLimiter.SCAN_TIMEOUT.toNanos()) {
        throw FullScanLimiter.tooLong();
      }
      window = window.size() < WINDOW ? List.of() : window(filter, window.getLast());
    }
  }

  private List<ThreadUsage> window(ThreadFilter filter, @Nullable ThreadUsage after) {
    var values = filter.values();
    values.put("limit", WINDOW);
    var from = "TRUE";
    if (after != null) {
      values.put("afterAt", after.createdAt().atOffset(ZoneOffset.UTC));
      values.put("afterId", after.id());
      from = "created_at >= :afterAt AND (created_at, id) > (:afterAt, :afterId)";
    }
    return jdbc.query(
        """
        SELECT id, created_at, model, source, cwd, cwd_key, usage_timeline FROM thread
        WHERE %s AND usage_timeline IS NOT NULL%s
        ORDER BY created_at, id LIMIT :limit
        """
            .formatted(from, filter.tests()),
        values,
        ROWS);
  }
}
