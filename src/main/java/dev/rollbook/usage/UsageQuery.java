package dev.rollbook.usage;

import dev.rollbook.access.Access;
import dev.rollbook.model.WireName;
import dev.rollbook.statedb.listing.ThreadFilter;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Query of usage: which turns count, and what they are grouped by.
///
/// Turns count by the time at which they began. Both ends are rounded down to a quarter of an hour,
/// so that adjacent periods count every turn once.
///
/// @param by at least one
/// @param since first time that counts; null for no bound
/// @param until first time that does not count; null for no bound
/// @param zone in which days begin
/// @param limit maximum number of groups
public record UsageQuery(
    Set<Dimension> by,
    @Nullable Instant since,
    @Nullable Instant until,
    ZoneId zone,
    int limit,
    Filter filter) {

  /// Conditions that a thread must all meet; null means no condition.
  ///
  /// @param cwd in any spelling
  /// @param kind a `ThreadKind`
  public record Filter(
      @Nullable Boolean archived,
      @Nullable String source,
      @Nullable String cwd,
      @Nullable String model,
      @Nullable String kind) {
    ThreadFilter rows(Access access) {
      return ThreadFilter.all()
          .visibleTo(access)
          .archived(archived)
          .source(source)
          .cwd(cwd)
          .model(model)
          .kind(kind);
    }
  }

  /// What usage can be grouped by.
  public enum Dimension implements WireName {
    DAY,
    MODEL,
    CWD,
    SOURCE,
    THREAD;

    /// @throws IllegalArgumentException if there is no such dimension
    public static Dimension parse(String text) {
      return WireName.parse(Dimension.class, text);
    }
  }
}
