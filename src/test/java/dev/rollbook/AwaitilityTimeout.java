package dev.rollbook;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// JUnit extension of all tests that raises the timeout of every `await()` from 10 s to a minute.
///
/// A test that passes waits no longer than before. Ten seconds are not enough on a machine that
/// runs other builds too.
public final class AwaitilityTimeout implements BeforeAllCallback {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(TIMEOUT);
  }
}
