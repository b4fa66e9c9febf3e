package dev.rollbook.web.limits;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// Counts refused credentials by address. After a number of them within a minute, further ones of
/// the address are answered with 429 for a minute.
///
/// Credentials that are accepted are not affected: an address may be that of a proxy with many
/// clients, whose turns must go on while one of them guesses. Guessing itself cannot succeed; the
/// limit keeps guesses out of logs, and tells a client with a wrong setting to slow down.
public final class FailedCredentials {
  private static final Duration PERIOD = Duration.ofMinutes(1);

  /// The address that failed least recently is forgotten first.
  static final int MAX_ADDRESSES = 10_000;

  private final InstantSource clock;
  private final int maxFailures;

  @GuardedBy("this")
  private final Map<String, Failures> failures =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };

  /// @param end of the period
  private record Failures(int count, Instant end) {}

  /// @param maxFailures of an address in a minute
  public FailedCredentials(InstantSource clock, int maxFailures) {
    this.clock = clock;
    this.maxFailures = maxFailures;
  }

  /// Counts a failure.
  ///
  /// @param address as [ClientAddress] returns it
  /// @return whether the address has had too many
  public synchronized boolean add(String address) {
    var now = clock.instant();
    var known = failures.get(address);
    var next =
        known == null || !now.isBefore(known.end())
            ? new Failures(1, now.plus(PERIOD))
            : new Failures(known.count() + 1, known.end());
    if (next.count() == maxFailures) {
      next = new Failures(next.count(), now.plus(PERIOD));
    }
    failures.put(address, next);
    return next.count() > maxFailures;
  }

  synchronized int addresses() {
    return failures.size();
  }
}
