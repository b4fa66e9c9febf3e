package dev.rollbook.web.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FailedCredentialsTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
  private final FailedCredentials failures = new FailedCredentials(now::get, 10);

  @Test
  void theEleventhFailureOfAnAddressInAMinuteIsTooMuchForAMinute() {
    for (int i = 0; i < 9; i++) {
      assertThat(failures.add("a")).isFalse();
    }
    now.set(NOON.plusSeconds(50));
    assertThat(failures.add("a")).isFalse();
    assertThat(failures.add("a")).isTrue();
    assertThat(failures.add("b")).isFalse();

    now.set(NOON.plusSeconds(109));
    assertThat(failures.add("a")).isTrue();
    now.set(NOON.plusSeconds(110));
    assertThat(failures.add("a")).isFalse();
  }

  @Test
  void failuresOfDifferentMinutesAreNotAdded() {
    for (int i = 0; i < 40; i++) {
      now.set(NOON.plusSeconds(10L * i));
      assertThat(failures.add("a")).isFalse();
    }
  }

  @Test
  void theNumberOfAddressesIsBounded() {
    for (int i = 0; i < 3 * FailedCredentials.MAX_ADDRESSES; i++) {
      failures.add("address " + i);
    }

    assertThat(failures.addresses()).isEqualTo(FailedCredentials.MAX_ADDRESSES);
  }
}
