package dev.rollbook.statedb.listing;

import dev.rollbook.access.Access;
import dev.rollbook.statedb.AccessCondition;
import dev.rollbook.statedb.DirectoryIndexKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Builder of the conditions of a list of threads. The list has the threads that meet all
/// conditions. If a method gets null, it adds no condition.
public final class ThreadFilter {
  private static final Set<Condition> USUAL =
      Set.copyOf(all().archived(false).kind("thread").conditions);

  private final List<Condition> conditions = new ArrayList<>();
  private @Nullable ThreadText text;
  private @Nullable Condition visible;
  private boolean tenantOnly;
  private boolean principalToo;
  private @Nullable Set<UUID> among;
  private @Nullable Set<UUID> notAmong;

  private ThreadFilter() {}

  public static ThreadFilter all() {
    return new ThreadFilter();
  }

  /// A condition on columns.
  ///
  /// @param test SQL of the condition
  /// @param lookup SQL of the same or a wider condition that an index serves; null if there is none
  /// @param values parameters of both
  record Condition(String test, @Nullable String lookup, Map<String, Object> values) {
    Condition(String test, @Nullable String lookup) {
      this(test, lookup, Map.of());
    }
  }

  /// Only threads that a caller sees.
  public ThreadFilter visibleTo(Access access) {
    if (!access.isUnrestricted()) {
      visible = new Condition(AccessCondition.of(access), null, AccessCondition.values(access));
      tenantOnly = !access.seesUnowned();
      principalToo = access.principal() != null;
      conditions.add(visible);
    }
    return this;
  }

  public ThreadFilter archived(@Nullable Boolean archived) {
    if (archived != null) {
      conditions.add(
          archived
              ? new Condition(
                  "archived_at IS NOT NULL",
                  "archived_at >= TIMESTAMP WITH TIME ZONE '0001-01-01 00:00:00Z'")
              : new Condition("archived_at IS NULL", "archived_at IS NULL"));
    }
    return this;
  }

  public ThreadFilter pinned(@Nullable Boolean pinned) {
    return equal("pinned", "pinned = :pinned", pinned);
  }

  /// @param gapped whether the rollout lacks items
  public ThreadFilter gapped(@Nullable Boolean gapped) {
    if (gapped != null) {
      conditions.add(
          gapped
              ? new Condition("open_gaps > 0", "open_gaps >= 1")
              : new Condition("open_gaps = 0", null));
    }
    return this;
  }

  public ThreadFilter source(@Nullable String source) {
    return equal("source", "source_key = LEFT(:source, 200)", source);
  }

  public ThreadFilter model(@Nullable String model) {
    return equal("model", "model_key = LEFT(:model, 200)", model);
  }

  /// @param cwd in any spelling
  public ThreadFilter cwd(@Nullable String cwd) {
    return equal("cwd_key", "cwd_key = :cwd_key", DirectoryIndexKey.of(cwd));
  }

  /// @param kind a `ThreadKind`
  public ThreadFilter kind(@Nullable String kind) {
    return equal("kind", "kind = :kind", kind);
  }

  public ThreadFilter parentThread(@Nullable UUID parent) {
    return equal("parent_thread_id", "parent_thread_id = :parent_thread_id", parent);
  }

  public ThreadFilter forkedFrom(@Nullable UUID parent) {
    return equal("forked_from_id", "forked_from_id = :forked_from_id", parent);
  }

  /// @param wanted text in name, preview or cwd
  public ThreadFilter text(@Nullable String wanted) {
    text = wanted == null ? null : ThreadText.of(wanted);
    return this;
  }

  /// Only these threads.
  public ThreadFilter among(Set<UUID> threads) {
    among = threads;
    return this;
  }

  /// None of these threads.
  public ThreadFilter notAmong(Set<UUID> threads) {
    notAmong = threads;
    return this;
  }

  private ThreadFilter equal(String column, String lookup, @Nullable Object value) {
    if (value != null) {
      conditions.add(
          new Condition("%1$s = :%1$s".formatted(column), lookup, Map.of(column, value)));
    }
    return this;
  }

  /// All conditions on columns as one that the optimizer uses no index for: the order of the list
  /// or a list of ids decides on the index, not an optimizer that takes every condition for
  /// selective. H2 sorted all 80 000 threads for the first page of those that are not archived.
  String tests() {
    return conditions.isEmpty()
        ? ""
        : " AND CASE WHEN %s THEN TRUE ELSE FALSE END"
            .formatted(String.join(" AND ", conditions.stream().map(Condition::test).toList()));
  }

  /// Conditions that an index serves, in reverse order.
  List<Condition> lookups() {
    return conditions.reversed().stream().filter(condition -> condition.lookup() != null).toList();
  }

  /// Values of all parameters.
  Map<String, Object> values() {
    var values = new HashMap<String, Object>();
    conditions.forEach(condition -> values.putAll(condition.values()));
    return values;
  }

  /// The tenant that all threads of the list belong to, as a condition that an index serves, also
  /// in the order of `updated_at`; null if there may be others.
  @Nullable String tenantIndexCondition() {
    return tenantOnly ? AccessCondition.tenantIndexCondition() : null;
  }

  /// Whether few threads may meet the conditions. Many meet those of a list without parameters, and
  /// belong to the default tenant.
  ///
  /// @param byTenant whether the list is read from an index by [#tenantIndexCondition]
  boolean isSelective(boolean byTenant) {
    return hasMatcher() || !conditions.stream().allMatch(each -> isUsual(each, byTenant));
  }

  private boolean isUsual(Condition condition, boolean byTenant) {
    return USUAL.contains(condition)
        || (condition.equals(visible) && (byTenant || !tenantOnly) && !principalToo);
  }

  @Nullable ThreadText text() {
    return text;
  }

  @Nullable Set<UUID> among() {
    return among;
  }

  /// Whether [#matches] has conditions beyond those of the SQL.
  boolean hasMatcher() {
    return text != null || among != null || notAmong != null;
  }

  boolean matches(UUID id, @Nullable String name, @Nullable String preview, @Nullable String cwd) {
    return (among == null || among.contains(id))
        && (notAmong == null || !notAmong.contains(id))
        && (text == null || text.isIn(name, preview, cwd));
  }
}
