package dev.rollbook.audit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of the audit.
///
/// @param enabled Whether deletions, exports, changes by operators, changes of tokens, and refused
///   requests are written to the audit. Default: true if clients have to authenticate.
/// @param deletedAfter A file of the audit is deleted when its day is this long ago. Allowed: 1d to
///   365000d.
@ConfigurationProperties("rollbook.audit")
public record AuditProperties(
    @Nullable Boolean enabled, @DefaultValue("365d") Duration deletedAfter) {
  private static final long MAX_DAYS = 365_000;

  public AuditProperties {
    if (deletedAfter.toDays() < 1 || deletedAfter.toDays() > MAX_DAYS) {
      throw new IllegalArgumentException(
          "rollbook.audit.deleted-after must be from 1d to 365000d but is " + deletedAfter);
    }
  }
}
