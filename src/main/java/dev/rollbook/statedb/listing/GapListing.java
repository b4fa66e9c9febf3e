package dev.rollbook.statedb.listing;

import dev.rollbook.access.Access;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadSummary;
import dev.rollbook.statedb.AccessCondition;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.jdbc.TableMapping;
import dev.rollbook.statedb.listing.ThreadQuery.Position;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.stereotype.Repository;

/// Query for pages of the open gaps of all threads, the latest first. A page begins strictly after
/// the last gap of the previous page.
///
/// Pages are read from the index of open gaps, so the order costs nothing. If the caller does not
/// see most gaps, or most have another reason, they are scanned under the [FullScanLimiter].
@Repository
public class GapListing {
  private final NamedParameterJdbcOperations jdbc;
  private final FullScanLimiter scans;
  private final ThreadSummaries summaries;
  private final DeletedThreads deleted;
  private final RowMapper<GapRow> rows = new TableMapping<>(GapRow.class);

  GapListing(FullScanLimiter scans, ThreadSummaries summaries, DeletedThreads deleted) {
    this.jdbc = scans.jdbc();
    this.scans = scans;
    this.summaries = summaries;
    this.deleted = deleted;
  }

  /// A gap with what is shown of its thread.
  public record OpenGap(GapRow gap, ThreadSummary thread) {}

  /// Skips gaps of threads that an interrupted deletion has left.
  ///
  /// @param reason as in a [GapRow]; null for all
  /// @param after position of the last gap of the previous page; null for the first page
  public List<OpenGap> page(
      Access access, @Nullable String reason, @Nullable Position after, int limit) {
    return access.isUnrestricted() && reason == null
        ? shown(access, null, after, limit)
        : scans.run(() -> shown(access, reason, after, limit));
  }

  private List<OpenGap> shown(
      Access access, @Nullable String reason, @Nullable Position after, int limit) {
    var shown = new ArrayList<OpenGap>();
    for (var next = after; ; ) {
      var page = read(access, reason, next, limit);
      var threads = summaries.of(page.stream().map(GapRow::threadId).distinct().toList());
      for (var gap : page) {
        var thread = threads.get(gap.threadId());
        if (thread != null && !deleted.contains(gap.threadId()) && shown.size() < limit) {
          shown.add(new OpenGap(gap, thread));
        }
      }
      if (shown.size() == limit || page.size() < limit) {
        return shown;
      }
      next = new Position(page.getLast().recordedAt(), page.getLast().id());
    }
  }

  private List<GapRow> read(
      Access access, @Nullable String reason, @Nullable Position after, int limit) {
    var values = new HashMap<String, Object>(AccessCondition.values(access));
    values.put("limit", limit);
    return jdbc.query(sql(access, reason, after, values), values, rows);
  }

  /// The index is for the order; the conditions that it does not serve are hidden from the
  /// optimizer, as in [ThreadFilter#tests]. H2 uses the order of an index only if the list states
  /// all of its columns.
  static String sql(
      Access access,
      @Nullable String reason,
      @Nullable Position after,
      Map<String, Object> values) {
    var tests = new ArrayList<String>();
    var from = "TRUE";
    if (after != null) {
      values.put("afterAt", after.at().atOffset(ZoneOffset.UTC));
      values.put("afterId", after.id());
      from = "recorded_at <= :afterAt AND (recorded_at, id) < (:afterAt, :afterId)";
    }
    if (reason != null) {
      values.put("reason", reason);
      tests.add("reason = :reason");
    }
    if (!access.isUnrestricted()) {
      tests.add(
          "EXISTS (SELECT 1 FROM thread WHERE thread.id = gap.thread_id AND %s)"
              .formatted(AccessCondition.of(access)));
    }
    return """
    SELECT * FROM gap WHERE repaired_at IS NULL AND %s%s
    ORDER BY repaired_at DESC, recorded_at DESC, id DESC LIMIT :limit
    """
        .formatted(
            from,
            tests.isEmpty()
                ? ""
                : " AND CASE WHEN %s THEN TRUE ELSE FALSE END"
                    .formatted(String.join(" AND ", tests)));
  }
}
