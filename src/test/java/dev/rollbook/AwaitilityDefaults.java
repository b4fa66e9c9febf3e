package dev.rollbook;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.pollinterval.IterativePollInterval;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// JUnit extension of all tests that sets the defaults of every `await()`.
///
/// The timeout is a minute instead of 10 s, which are not enough on a machine that runs other
/// builds too. A test that passes waits no longer for that.
///
/// The condition is checked at once, and then more and more rarely. With the defaults of the
/// library, each of the hundreds of waits would take 100 ms at least.
public final class AwaitilityDefaults implements BeforeAllCallback {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final Duration FIRST_INTERVAL = Duration.ofMillis(5);
  private static final long MAX_INTERVAL_MILLIS = 100;

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(TIMEOUT);
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(
        IterativePollInterval.iterative(AwaitilityDefaults::next, FIRST_INTERVAL));
  }

  private static Duration next(Duration interval) {
    return Duration.ofMillis(Math.min(MAX_INTERVAL_MILLIS, interval.toMillis() * 3 / 2));
  }
}
