package dev.rollbook.cluster;

import dev.rollbook.model.StartupException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of replicas, with `rollbook.storage=database` only.
///
/// @param address Address where other replicas reach this one, such as `http://10.0.0.7:8080`.
///   Without it, only one process uses the database.
/// @param preview Needed with an address: accepts that several replicas are a preview, which nobody
///   has run in service yet.
/// @param secret Text that all replicas share, and by which they know each other. At least 32
///   bytes.
/// @param goneAfter Time without a sign of life after which the threads of a replica are taken
///   over. Allowed: 1s or more.
/// @param drainTime Time for which a replica that stops still takes calls, and passes them on. It
///   should be longer than a load balancer needs to notice that the replica is not ready.
@ConfigurationProperties("rollbook.cluster")
public record ClusterProperties(
    @Nullable URI address,
    boolean preview,
    @Nullable String secret,
    @DefaultValue("2s") Duration goneAfter,
    @DefaultValue("2s") Duration drainTime) {
  private static final int SECRET_BYTES = 32;
  private static final Duration MIN_GONE_AFTER = Duration.ofSeconds(1);

  public ClusterProperties {
    if (goneAfter.compareTo(MIN_GONE_AFTER) < 0) {
      throw new IllegalArgumentException("rollbook.cluster.gone-after must be 1s or more");
    }
    if (drainTime.isNegative()) {
      throw new IllegalArgumentException("rollbook.cluster.drain-time must not be negative");
    }
    if (address != null && (address.getHost() == null || address.getScheme() == null)) {
      throw new IllegalArgumentException(
          "rollbook.cluster.address must be like http://10.0.0.7:8080");
    }
    if (address != null && !preview) {
      throw new StartupException(
          "rollbook.cluster.address is set, but several replicas are a preview, which nobody has run"
              + " in service yet.",
          "Remove rollbook.cluster.address, or read src/docs/cluster.md and set"
              + " rollbook.cluster.preview=true.");
    }
    // Also without an address: who knows the secret can pass for a replica, and so for any caller.
    if (secret == null
        ? address != null
        : secret.getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES) {
      throw new StartupException(
          secret == null
              ? "rollbook.cluster.address is set, but rollbook.cluster.secret is not."
              : "rollbook.cluster.secret is shorter than 32 bytes.",
          "Set rollbook.cluster.secret to the same random text on all replicas, such as the output"
              + " of: openssl rand -base64 32");
    }
  }

  /// Without the secret.
  @Override
  public String toString() {
    return "ClusterProperties[address=%s, goneAfter=%s, drainTime=%s]"
        .formatted(address, goneAfter, drainTime);
  }
}
