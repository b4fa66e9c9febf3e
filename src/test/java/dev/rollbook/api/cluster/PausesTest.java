package dev.rollbook.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PausesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final AtomicLong now = new AtomicLong();
  private final Pauses pauses = new Pauses(now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void theTimeBeginsWithTheFirstFailure() {
    pass(PATIENCE.multipliedBy(2));
    assertThat(pauses.next(PATIENCE)).isTrue();
    pass(PATIENCE);
    assertThat(pauses.next(PATIENCE)).isTrue();
    pass(Duration.ofNanos(1));
    assertThat(pauses.next(PATIENCE)).isFalse();
  }

  @Test
  void anAttemptThatSucceedsBeginsItAnew() {
    assertThat(pauses.next(PATIENCE)).isTrue();
    pass(PATIENCE.multipliedBy(2));
    pauses.reset();

    assertThat(pauses.next(PATIENCE)).isTrue();
  }
}
