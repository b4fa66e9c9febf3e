package dev.rollbook.quota;

import dev.rollbook.access.Access;
import dev.rollbook.access.AccessPolicy;
import dev.rollbook.access.Owner;
import dev.rollbook.model.RollbookException.QuotaExceeded;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.util.ConcurrentLruCache;

/// The quotas of all tenants.
///
/// Whatever begins while a quota has something left is accepted as a whole, and what exceeds the
/// quota is counted against the time after it: otherwise an append that is larger than a quota
/// could never be accepted. Counted is what callers send, even if it is skipped or was there
/// before.
///
/// Buckets are in memory only, so each tenant has its whole quota after a start.
@Component
public class Quotas {
  /// A tenant may append the items of this time at once.
  private static final Duration PEAK = Duration.ofSeconds(10);

  /// Tenants of JSON Web Tokens can be any. The one that appended least recently is forgotten
  /// first, and then has its whole quota again.
  static final int MAX_TENANTS = 10_000;

  private final QuotaProperties settings;
  private final AccessPolicy policy;
  private final TimeMeter time;

  /// Null if there are no quotas, so that an append costs nothing then.
  private final @Nullable ConcurrentLruCache<String, TenantQuota> tenants;

  /// @param items null if items are not limited
  /// @param bytes null if bytes are not limited
  private record TenantQuota(
      @Nullable Bucket items, @Nullable Bucket bytes, QuotaProperties.Quota limits) {}

  Quotas(QuotaProperties settings, AccessPolicy policy, TimeMeter time) {
    this.settings = settings;
    this.policy = policy;
    this.time = time;
    this.tenants = settings.isNone() ? null : new ConcurrentLruCache<>(MAX_TENANTS, this::create);
  }

  /// Counts items that a caller appends.
  ///
  /// @throws QuotaExceeded if a quota of the tenant is used up; then nothing must be appended
  public void charge(Access access, ThreadId thread, List<RolloutItem> items) {
    var quota = of(access.owner());
    if (quota == null) {
      return;
    }
    requireItems(quota, thread);
    requireBytes(quota, thread);
    if (quota.items != null && !items.isEmpty()) {
      quota.items.consumeIgnoringRateLimits(items.size());
    }
    add(quota, items.stream().mapToLong(Quotas::size).sum());
  }

  /// @param thread that is about to get the bytes; null if it is not known
  /// @throws QuotaExceeded if the tenant has no bytes left
  public void requireBytes(Owner owner, @Nullable ThreadId thread) {
    var quota = of(owner);
    if (quota != null) {
      requireBytes(quota, thread);
    }
  }

  /// Counts bytes after [#requireBytes].
  public void addBytes(Owner owner, long bytes) {
    var quota = of(owner);
    if (quota != null) {
      add(quota, bytes);
    }
  }

  /// A stream of the same bytes, which are counted as they are read.
  ///
  /// @throws QuotaExceeded if the tenant has no bytes left
  public InputStream counted(Owner owner, InputStream in) {
    requireBytes(owner, null);
    return tenants == null ? in : new CountedStream(owner, in);
  }

  private @Nullable TenantQuota of(Owner owner) {
    return tenants == null
        ? null
        : tenants.get(Optional.ofNullable(owner.tenant()).orElse(policy.defaultTenant()));
  }

  private TenantQuota create(String tenant) {
    var limits = settings.of(tenant);
    return new TenantQuota(items(limits), bytes(limits), limits);
  }

  private @Nullable Bucket items(QuotaProperties.Quota limits) {
    return limits.itemsPerSecond() == null
        ? null
        : bucket(limits.itemsPerSecond() * PEAK.toSeconds(), PEAK);
  }

  private @Nullable Bucket bytes(QuotaProperties.Quota limits) {
    return limits.bytesPerDay() == null
        ? null
        : bucket(limits.bytesPerDay().toBytes(), Duration.ofDays(1));
  }

  /// A bucket that is full at first, and is refilled evenly.
  private Bucket bucket(long tokens, Duration period) {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(tokens).refillGreedy(tokens, period))
        .withCustomTimePrecision(time)
        .build();
  }

  private static void requireItems(TenantQuota quota, ThreadId thread) {
    if (quota.items != null && quota.items.getAvailableTokens() <= 0) {
      throw QuotaExceeded.ofRate(
          thread,
          "the tenant has appended more items than its quota of %d a second: repeat the request"
              .formatted(quota.limits.itemsPerSecond()),
          untilFree(quota.items));
    }
  }

  private static void requireBytes(TenantQuota quota, @Nullable ThreadId thread) {
    if (quota.bytes != null && quota.bytes.getAvailableTokens() <= 0) {
      throw QuotaExceeded.ofVolume(
          thread,
          "the tenant has sent more bytes than its quota of %s a day: keep the items, and repeat the"
                  .formatted(quota.limits.bytesPerDay())
              + " request later, or ask the operator for a larger quota",
          untilFree(quota.bytes));
    }
  }

  private static Duration untilFree(Bucket bucket) {
    return Duration.ofNanos(bucket.estimateAbilityToConsume(1).getNanosToWaitForRefill());
  }

  private static void add(TenantQuota quota, long bytes) {
    if (quota.bytes != null && bytes > 0) {
      quota.bytes.consumeIgnoringRateLimits(bytes);
    }
  }

  private static long size(RolloutItem item) {
    var metadata = item.metadata();
    return (long) item.payload().length() + (metadata == null ? 0 : metadata.length());
  }

  private final class CountedStream extends FilterInputStream {
    private final Owner owner;

    private CountedStream(Owner owner, InputStream in) {
      super(in);
      this.owner = owner;
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      addBytes(owner, value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = super.read(buffer, offset, length);
      addBytes(owner, read);
      return read;
    }
  }
}
