package dev.rollbook;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.pollinterval.IterativePollInterval;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// JUnit extension of all tests that sets how often and how long each `await()` asks.
///
/// The timeout is a minute instead of 10 s, which is not enough on a machine that runs other builds
/// too. A test that passes waits no longer for it.
///
/// The first question comes at once, and the next ones after 5 ms, 10 ms and so on up to 100 ms:
/// with the usual fixed 100 ms, each of hundreds of short waits takes a tenth of a second.
public final class AwaitilityDefaults implements BeforeAllCallback {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(TIMEOUT);
    Awaitility.setDefaultPollInterval(
        IterativePollInterval.iterative(AwaitilityDefaults::nextPause, FIRST_PAUSE));
  }

  private static Duration nextPause(Duration last) {
    var twice = last.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
  }
}
