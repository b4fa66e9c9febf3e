package dev.rollbook.web.limits;

import static dev.rollbook.web.limits.ClientPermits.Outcome.ACQUIRED;
import static dev.rollbook.web.limits.ClientPermits.Outcome.ALL_IN_USE;
import static dev.rollbook.web.limits.ClientPermits.Outcome.SHARE_IN_USE;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientPermitsTest {
  private final ClientPermits permits = new ClientPermits(3, 2, 1);

  @Test
  void oneClientLeavesTheRestToOthers() {
    assertThat(permits.tryAcquire(address("a"))).isEqualTo(ACQUIRED);
    assertThat(permits.tryAcquire(address("a"))).isEqualTo(ACQUIRED);
    assertThat(permits.tryAcquire(address("a"))).isEqualTo(SHARE_IN_USE);

    assertThat(permits.tryAcquire(address("b"))).isEqualTo(ACQUIRED);
    assertThat(permits.tryAcquire(address("b"))).isEqualTo(ALL_IN_USE);
    assertThat(permits.inUse()).isEqualTo(3);
  }

  @Test
  void aReleasedPermitCanBeAcquiredAgain() {
    permits.tryAcquire(address("a"));
    permits.tryAcquire(address("a"));

    permits.release(address("a"));

    assertThat(permits.tryAcquire(address("a"))).isEqualTo(ACQUIRED);
    permits.release(address("a"));
    permits.release(address("a"));
    assertThat(permits.inUse()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1",
    "0:0:0:0:0:0:0:1, 0000000000000000",
    "2001:db8:1:2:a:b:c:d, 20010db800010002",
    "2001:db8:1:2::7, 20010db800010002",
    "unknown:host, unknown:host"
  })
  void aHostWithAnIpv6NetworkIsOneClient(String address, String client) {
    assertThat(ClientAddress.of(address)).isEqualTo(client);
  }

  @Test
  void aCallerGetsItsOwnShareWhateverItsAddressUses() {
    permits.tryAcquire(address("a"));
    var caller = new Client("a", Client.Kind.CALLER);

    assertThat(permits.tryAcquire(caller)).isEqualTo(ACQUIRED);
    assertThat(permits.tryAcquire(caller)).isEqualTo(SHARE_IN_USE);
    permits.release(caller);
    assertThat(permits.tryAcquire(caller)).isEqualTo(ACQUIRED);
  }

  private static Client address(String key) {
    return new Client(key, Client.Kind.ADDRESS);
  }
}
