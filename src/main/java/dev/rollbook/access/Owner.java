package dev.rollbook.access;

import org.jspecify.annotations.Nullable;

/// Whom a thread or an import belongs to: the tenant and the principal of the caller that created
/// it. Never changes.
///
/// @param tenant null if there is no owner
/// @param principal null if there is no owner
public record Owner(@Nullable String tenant, @Nullable String principal) {
  /// Longest name of a tenant or principal, which the state-db indexes.
  public static final int MAX_LENGTH = 200;

  /// Of what was created without authentication, or by another program.
  public static final Owner NONE = new Owner(null, null);
}
