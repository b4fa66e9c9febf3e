package dev.rollbook.quota;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Quotas of tenants.
///
/// @param itemsPerSecond Number of items that each tenant may append in a second, on average over
///   ten seconds. Further appends get 507 `quota_exceeded`; uploads are slowed down. Allowed: 1 to
///   1000000.
/// @param bytesPerDay Bytes of items, forks and uploaded imports that each tenant may send in a
///   day. Further ones get 507 `quota_exceeded`. Allowed: 1KB to 10TB.
/// @param tenants Quotas of single tenants, such as
///   `rollbook.quotas.tenants.ci.items-per-second=50`, instead of those of all tenants. Write the
///   name of a tenant with other characters than lower-case letters, digits and `-` in brackets:
///   `rollbook.quotas.tenants[Team.A].bytes-per-day`.
@ConfigurationProperties("rollbook.quotas")
record QuotaProperties(
    @Nullable Integer itemsPerSecond,
    @Nullable DataSize bytesPerDay,
    @DefaultValue Map<String, Quota> tenants) {
  private static final String PREFIX = "rollbook.quotas.";
  private static final int MAX_ITEMS = 1_000_000;
  private static final long MIN_BYTES = 1024;
  private static final long MAX_BYTES = 10L << 40;

  QuotaProperties {
    tenants = Map.copyOf(tenants);
    validate(PREFIX, itemsPerSecond, bytesPerDay);
    tenants.forEach((tenant, quota) ->
        validate(
            "%stenants[%s].".formatted(PREFIX, tenant),
            quota.itemsPerSecond(),
            quota.bytesPerDay()));
  }

  /// The quota of one tenant.
  ///
  /// @param itemsPerSecond null for that of all tenants
  /// @param bytesPerDay null for that of all tenants
  record Quota(@Nullable Integer itemsPerSecond, @Nullable DataSize bytesPerDay) {
    boolean isNone() {
      return itemsPerSecond == null && bytesPerDay == null;
    }
  }

  Quota of(String tenant) {
    var own = tenants.getOrDefault(tenant, new Quota(null, null));
    return new Quota(
        own.itemsPerSecond() == null ? itemsPerSecond : own.itemsPerSecond(),
        own.bytesPerDay() == null ? bytesPerDay : own.bytesPerDay());
  }

  boolean isNone() {
    return itemsPerSecond == null
        && bytesPerDay == null
        && tenants.values().stream().allMatch(Quota::isNone);
  }

  private static void validate(
      String prefix, @Nullable Integer itemsPerSecond, @Nullable DataSize bytesPerDay) {
    if (itemsPerSecond != null && (itemsPerSecond < 1 || itemsPerSecond > MAX_ITEMS)) {
      throw new IllegalArgumentException(
          "%sitems-per-second must be from 1 to 1000000 but is %d"
              .formatted(prefix, itemsPerSecond));
    }
    if (bytesPerDay != null
        && (bytesPerDay.toBytes() < MIN_BYTES || bytesPerDay.toBytes() > MAX_BYTES)) {
      throw new IllegalArgumentException(
          "%sbytes-per-day must be from 1KB to 10TB but is %s".formatted(prefix, bytesPerDay));
    }
  }
}
