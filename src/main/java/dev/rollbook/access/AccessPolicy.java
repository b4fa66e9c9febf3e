package dev.rollbook.access;

/// Decides what each caller can see: the settings `rollbook.security.isolation` and
/// `rollbook.security.default-tenant`.
///
/// @param isolation who is kept apart; `NONE` if clients do not authenticate
/// @param defaultTenant tenant of what has no owner
public record AccessPolicy(Isolation isolation, String defaultTenant) {
  /// No principal has this name.
  private static final String NOBODY = "";

  /// Which threads and imports of others a caller can see.
  public enum Isolation {
    /// Those of the same tenant.
    TENANT,
    /// None. What has no owner is seen only with the scope `all-tenants`.
    OWNER,
    /// All, of every tenant.
    NONE
  }

  /// Access of a caller, to what it may see by itself.
  public Access of(Owner caller) {
    return switch (isolation) {
      case NONE -> ofAll(caller);
      case TENANT -> new Access(caller, tenant(caller), null, isOfDefaultTenant(caller));
      case OWNER ->
          caller.equals(Owner.NONE)
              ? new Access(caller, defaultTenant, NOBODY, true)
              : new Access(caller, tenant(caller), caller.principal(), false);
    };
  }

  /// Access of a caller that sees all tenants.
  public Access ofAll(Owner caller) {
    return new Access(caller, null, null, true);
  }

  private boolean isOfDefaultTenant(Owner caller) {
    return tenant(caller).equals(defaultTenant);
  }

  private String tenant(Owner caller) {
    return caller.tenant() == null ? defaultTenant : caller.tenant();
  }
}
