package dev.rollbook.web.limits;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Optional;
import org.springframework.util.ConcurrentLruCache;

/// Counts refused credentials by address. After a number of them within a minute, further ones of
/// the address are answered with 429 for at least a minute.
///
/// Credentials that are accepted are not affected: an address may be that of a proxy with many
/// clients, whose turns must go on while one of them guesses. Guessing itself cannot succeed; the
/// limit keeps guesses out of logs, and tells a client with a wrong setting to slow down.
public final class FailedCredentials {
  private static final Duration PERIOD = Duration.ofMinutes(1);

  /// The address that failed least recently is forgotten first.
  static final int MAX_ADDRESSES = 10_000;

  private final int maxFailures;
  private final ConcurrentLruCache<String, Bucket> addresses;

  /// @param maxFailures of an address in a minute
  public FailedCredentials(TimeMeter time, int maxFailures) {
    this.maxFailures = maxFailures;
    this.addresses =
        new ConcurrentLruCache<>(
            MAX_ADDRESSES,
            address ->
                Bucket.builder()
                    .addLimit(
                        limit -> limit.capacity(maxFailures).refillIntervally(maxFailures, PERIOD))
                    .withCustomTimePrecision(time)
                    .build());
  }

  /// Counts a failure.
  ///
  /// @param address as [ClientAddress] returns it
  /// @return how long the address has to wait, if it has had too many; otherwise empty
  public Optional<Duration> add(String address) {
    var failures = addresses.get(address);
    var left = failures.tryConsumeAndReturnRemaining(1);
    if (!left.isConsumed()) {
      return Optional.of(Duration.ofNanos(left.getNanosToWaitForRefill()));
    }
    if (left.getRemainingTokens() == 0) {
      // The failures of the next minute, too, so that the address waits for a whole one.
      failures.consumeIgnoringRateLimits(maxFailures);
    }
    return Optional.empty();
  }

  int addresses() {
    return addresses.size();
  }
}
