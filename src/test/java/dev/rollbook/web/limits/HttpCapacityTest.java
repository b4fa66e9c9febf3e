package dev.rollbook.web.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.memory.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.unit.DataSize;

class HttpCapacityTest {
  @ParameterizedTest
  @CsvSource({"64, 256, 128", "256, 1024, 512", "1024, 4096, 2048", "16384, 8192, 4096"})
  void connectionsAndRequestsGrowWithTheHeap(int megabytes, int connections, int requests) {
    var capacity = capacity(null, null, 1, megabytes);

    assertThat(capacity.connections()).isEqualTo(connections);
    assertThat(free(capacity.requests())).isEqualTo(requests);
    assertThat(capacity.bodyMemory()).isEqualTo(HeapShare.BODIES.of((long) megabytes << 20));
  }

  @Test
  void configuredValuesWin() {
    assertThat(capacity(null, 200, 1, 256).connections()).isEqualTo(200);
    assertThat(free(capacity(null, 200, 1, 256).requests())).isEqualTo(100);
    assertThat(free(capacity(7, null, 1, 256).requests())).isEqualTo(7);
    assertThat(free(capacity(7, null, 1, 256).streams())).isEqualTo(6);
  }

  @Test
  void oneClientIsLimitedToItsShareOfEach() {
    var capacity = capacity(null, null, 0.25, 256);

    assertThat(free(capacity.requests())).isEqualTo(128);
    assertThat(free(capacity.streams())).isEqualTo(96);
    assertThat(free(capacity.operations())).isEqualTo(4);
    assertThat(capacity.connectionsPerClient()).isEqualTo(256);
    assertThat(capacity.bodyMemoryPerAddress()).isEqualTo((256L << 20) / 3 / 4);
  }

  @Test
  void aCallerGetsFewSearchesAtATimeAndAnAddressAllOfThem() {
    var searches = capacity(null, null, 0.25, 256).searches();
    int ofCaller = 0;
    while (searches.tryAcquire(new Client("one", Client.Kind.CALLER))
        == ClientPermits.Outcome.ACQUIRED) {
      ofCaller++;
    }

    assertThat(ofCaller).isEqualTo(8);
    assertThat(free(searches)).isEqualTo(100);
  }

  /// How many one client gets.
  private static int free(ClientPermits permits) {
    while (permits.tryAcquire(new Client("one", Client.Kind.ADDRESS))
        == ClientPermits.Outcome.ACQUIRED) {
      // Until there is none left.
    }
    return permits.inUse();
  }

  private static HttpCapacity capacity(
      @Nullable Integer requests, @Nullable Integer connections, double share, int megabytes) {
    var settings =
        new HttpProperties(
            DataSize.ofMegabytes(32),
            null,
            requests,
            share,
            share / 2,
            Duration.ofMinutes(1),
            Duration.ofHours(1));
    return new HttpCapacity(settings, connections, (long) megabytes << 20);
  }
}
