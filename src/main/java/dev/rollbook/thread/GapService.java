package dev.rollbook.thread;

import dev.rollbook.access.Access;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.GapId;
import dev.rollbook.model.Ordinals;
import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.quota.Quotas;
import dev.rollbook.skips.Gaps;
import dev.rollbook.statedb.GapRow;
import dev.rollbook.statedb.listing.ThreadQuery.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// Lists gaps, and repairs those of a thread.
@Service
public class GapService {
  private final LiveThreads live;
  private final Gaps gaps;
  private final Quotas quotas;

  GapService(LiveThreads live, Gaps gaps, Quotas quotas) {
    this.live = live;
    this.gaps = gaps;
    this.quotas = quotas;
  }

  /// Open gaps in order.
  ///
  /// @param after first ordinal of the last gap of the previous page; -1 for the first page
  public List<GapView> list(Access access, ThreadId thread, long after, int limit) {
    // First, as this restores a lost row together with its gaps.
    if (live.row(access, thread).isEmpty()) {
      throw new ThreadNotFound(thread);
    }
    return views(gaps.page(thread, after, limit));
  }

  /// Open gaps of all threads that the caller sees, the latest first.
  ///
  /// @param reason one of [GapView#REASONS]; null for all
  /// @param cursor of the last gap of the previous page; null for the first page
  /// @throws InvalidRequest if the cursor is not one of this list
  public List<OpenGapView> listAll(
      Access access, @Nullable String reason, @Nullable String cursor, int limit) {
    return gaps.newest(access, reason, position(cursor), limit).stream()
        .map(open -> new OpenGapView(view(open.gap()), open.thread()))
        .toList();
  }

  private static @Nullable Position position(@Nullable String cursor) {
    try {
      return cursor == null ? null : OpenGapView.position(cursor);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequest("cursor", String.valueOf(e.getMessage()));
    }
  }

  /// Inserts the skipped items. Idempotent.
  ///
  /// @throws dev.rollbook.model.RollbookException.QuotaExceeded if a quota of the tenant is used up
  public Ordinals repair(Access access, ThreadId thread, GapId gap, List<RolloutItem> items) {
    quotas.charge(access, thread, items);
    return live.with(access, thread, to -> to.repair(gap, items));
  }

  List<GapView> within(ThreadId thread, long first, long last) {
    return views(gaps.within(thread, first, last));
  }

  private List<GapView> views(List<GapRow> rows) {
    return rows.stream().map(this::view).toList();
  }

  private GapView view(GapRow row) {
    return GapView.of(row, gaps.isPending(row.id()));
  }
}
