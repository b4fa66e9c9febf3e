package dev.rollbook.statedb;

import dev.rollbook.access.Access;
import java.util.HashMap;
import java.util.Map;

/// The condition of an [Access] in SQL, for the tables that have the columns of an owner: the same
/// as [Access#sees].
public final class AccessCondition {
  /// [#of] for any access: parameters that restrict nothing are null.
  static final String NULLABLE =
      """
      CAST(:tenant AS VARCHAR) IS NULL OR (:seesUnowned AND tenant IS NULL)
        OR (tenant = :tenant AND (CAST(:principal AS VARCHAR) IS NULL OR principal = :principal))
      """;

  private static final String TENANT = "tenant";
  private static final String PRINCIPAL = "principal";

  private AccessCondition() {}

  /// Whether a row belongs to the tenant of the caller. Not a check of access: it only lets the
  /// database use the index by tenant, beside the condition [#of].
  public static String tenantIndexCondition() {
    return "tenant = :tenant";
  }

  /// Whether the caller sees a row.
  public static String of(Access access) {
    if (access.isUnrestricted()) {
      return "TRUE";
    }
    var owned = access.principal() == null ? "" : " AND principal = :principal";
    return "(%s%s%s)"
        .formatted(access.seesUnowned() ? "tenant IS NULL OR " : "", tenantIndexCondition(), owned);
  }

  /// Values of the parameters.
  public static Map<String, Object> values(Access access) {
    var values = new HashMap<String, Object>();
    if (access.tenant() != null) {
      values.put(TENANT, access.tenant());
    }
    if (access.principal() != null) {
      values.put(PRINCIPAL, access.principal());
    }
    return values;
  }
}
