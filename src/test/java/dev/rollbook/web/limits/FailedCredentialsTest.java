package dev.rollbook.web.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.quota.SettableTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class FailedCredentialsTest {
  private final SettableTime time = new SettableTime();
  private final FailedCredentials failures = new FailedCredentials(time, 10);

  @Test
  void theEleventhFailureOfAnAddressInAMinuteIsTooMuchForAtLeastAMinute() {
    for (int i = 0; i < 9; i++) {
      assertThat(failures.add("a")).isEmpty();
    }
    time.pass(Duration.ofSeconds(50));
    assertThat(failures.add("a")).isEmpty();
    assertThat(failures.add("a")).hasValue(Duration.ofSeconds(70));
    assertThat(failures.add("b")).isEmpty();

    time.pass(Duration.ofSeconds(69));
    assertThat(failures.add("a")).hasValue(Duration.ofSeconds(1));
    time.pass(Duration.ofSeconds(1));
    assertThat(failures.add("a")).isEmpty();
  }

  @Test
  void failuresOfDifferentMinutesAreNotAdded() {
    for (int i = 0; i < 40; i++) {
      assertThat(failures.add("a")).isEmpty();
      time.pass(Duration.ofSeconds(10));
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
