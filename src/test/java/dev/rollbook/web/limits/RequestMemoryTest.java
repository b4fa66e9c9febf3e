package dev.rollbook.web.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.model.RollbookException.ItemTooLarge;
import dev.rollbook.model.RollbookException.TooManyRequests;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.util.unit.DataSize;

class RequestMemoryTest {
  private static final long MEGABYTE = 1 << 20;

  private final RequestMemory memory =
      new RequestMemory(
          new HttpCapacity(
              new HttpProperties(
                  DataSize.ofMegabytes(32),
                  DataSize.ofMegabytes(8),
                  null,
                  0.5,
                  0.25,
                  Duration.ofMinutes(1),
                  Duration.ofHours(1)),
              null,
              256 * MEGABYTE));
  private final MockHttpServletRequest huge = from("10.0.0.1");
  private final MockHttpServletRequest other = from("10.0.0.2");

  @Test
  void hugeRequestsLeaveAnEighthToOthersAndSmallOnesAreFree() {
    assertThat(memory.of(huge).tryResize(7 * MEGABYTE)).isTrue();
    assertThat(memory.of(huge).another().tryResize(MEGABYTE / 2)).isFalse();

    assertThat(memory.of(other).tryResize(MEGABYTE)).isTrue();
    assertThat(memory.of(other).another().tryResize(RequestMemory.FREE)).isTrue();
    assertThat(memory.used()).isEqualTo(8 * MEGABYTE);
    assertThatThrownBy(() -> memory.of(new MockHttpServletRequest()).resize(MEGABYTE))
        .isInstanceOf(TooManyRequests.class);
  }

  @Test
  void allMemoryIsReleasedAfterTheRequests() {
    var first = memory.of(huge);
    first.tryResize(2 * MEGABYTE);
    first.another().tryResize(3 * MEGABYTE);
    first.tryResize(MEGABYTE);
    assertThat(memory.used()).isEqualTo(4 * MEGABYTE);

    memory.release(huge);
    memory.release(other);

    assertThat(memory.used()).isZero();
  }

  @Test
  void aWaitingRequestGetsMemoryAsSoonAsAnotherIsAnswered() throws Exception {
    memory.of(huge).tryResize(7 * MEGABYTE);
    try (var requests = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = requests.submit(() -> memory.of(other).patient().tryResize(4 * MEGABYTE));
      // It waits no longer than a second.
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> memory.waiting() == 1);

      memory.release(huge);

      assertThat(waiting.get()).isTrue();
    }
    assertThat(memory.used()).isEqualTo(4 * MEGABYTE);
  }

  @Test
  void aBodyThatCanNeverFitIsNotToldToRetry() {
    assertThatThrownBy(() -> memory.of(huge).requireForBody(8 * MEGABYTE))
        .isInstanceOf(ItemTooLarge.class);
    assertThat(memory.used()).isZero();
  }

  @Test
  void oneClientIsLimitedToItsShareExceptForASingleRequest() {
    assertThat(memory.of(huge).tryResize(5 * MEGABYTE)).isTrue();
    var again = from("10.0.0.1");

    assertThat(memory.of(again).tryResize(MEGABYTE)).isFalse();
    assertThat(memory.of(other).tryResize(MEGABYTE)).isTrue();

    memory.release(huge);
    assertThat(memory.of(again).tryResize(MEGABYTE)).isTrue();
    assertThat(memory.of(from("10.0.0.1")).tryResize(3 * MEGABYTE)).isTrue();
    assertThat(memory.of(from("10.0.0.1")).tryResize(MEGABYTE / 2)).isFalse();
  }

  private static MockHttpServletRequest from(String address) {
    var request = new MockHttpServletRequest();
    request.setRemoteAddr(address);
    return request;
  }
}
