package dev.rollbook.access;

import org.jspecify.annotations.Nullable;

/// Which threads and imports a caller can see, and whom those belong to that the caller creates.
///
/// [#sees] is the predicate of look-ups and event streams. Lists and searches have the same
/// condition as SQL (`statedb.AccessCondition`) and as a filter of Lucene (`search.AccessFilter`).
/// Whatever a caller does not see is treated as missing.
///
/// @param owner of what the caller creates
/// @param tenant the tenant whose threads the caller sees; null for all threads
/// @param principal the principal whose threads the caller sees; null for all of the tenant
/// @param seesUnowned whether the caller also sees what has no owner
public record Access(
    Owner owner, @Nullable String tenant, @Nullable String principal, boolean seesUnowned) {
  /// Access to everything, without an owner for what is created: no authentication, and the
  /// background work of the service.
  public static final Access ALL = new Access(Owner.NONE, null, null, true);

  /// Whether everything can be seen.
  public boolean isUnrestricted() {
    return tenant == null;
  }

  public boolean sees(Owner other) {
    if (tenant == null) {
      return true;
    }
    return other.tenant() == null
        ? seesUnowned
        : tenant.equals(other.tenant())
            && (principal == null || principal.equals(other.principal()));
  }
}
