package dev.rollbook.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.access.AccessPolicy;
import dev.rollbook.access.Owner;
import dev.rollbook.model.RollbookException.QuotaExceeded;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.quota.QuotaProperties.Quota;
import dev.rollbook.text.RawJson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

class QuotasTest {
  private static final AccessPolicy POLICY =
      new AccessPolicy(AccessPolicy.Isolation.TENANT, "default");
  private static final ThreadId THREAD = ThreadId.next();
  private static final RolloutItem ITEM = RolloutItem.of("x", RawJson.of("{\"a\":\"0123456\"}"));
  private static final int ITEM_BYTES = 15;

  private final SettableTime time = new SettableTime();

  @Test
  void withoutQuotasEverythingIsAccepted() {
    var quotas = quotas(null, null, Map.of());

    assertThatNoException().isThrownBy(() -> append(quotas, "a", 1_000_000));
  }

  @Test
  void theItemsOfTenSecondsMayComeAtOnceAndThenThoseOfEachSecond() {
    var quotas = quotas(5, null, Map.of());
    append(quotas, "a", 50);

    var refused = refused(quotas, "a");
    assertThat(refused.isRate()).isTrue();
    assertThat(refused.thread()).isEqualTo(THREAD);
    assertThat(refused.detail()).contains("5 a second");
    assertThat(refused.retryAfter()).isEqualTo(Duration.ofMillis(200));

    time.pass(Duration.ofSeconds(1));
    for (int i = 0; i < 5; i++) {
      append(quotas, "a", 1);
    }
    refused(quotas, "a");
  }

  @Test
  void anAppendThatIsLargerThanTheQuotaIsAcceptedAndPaidForLater() {
    var quotas = quotas(1, null, Map.of());
    append(quotas, "a", 100);

    time.pass(Duration.ofSeconds(89));
    assertThat(refused(quotas, "a").retryAfter()).isEqualTo(Duration.ofSeconds(2));
    time.pass(Duration.ofSeconds(2));
    append(quotas, "a", 1);
  }

  @Test
  void aRefusedAppendCountsNothing() {
    var quotas = quotas(1, null, Map.of());
    append(quotas, "a", 10);
    for (int i = 0; i < 100; i++) {
      refused(quotas, "a");
    }

    time.pass(Duration.ofSeconds(1));
    append(quotas, "a", 1);
  }

  @Test
  void bytesAreThoseOfADayInAnyOrder() throws IOException {
    var quotas = quotas(null, DataSize.ofBytes(1024), Map.of());
    quotas.addBytes(owner("a"), 1024 - 2 * ITEM_BYTES);
    append(quotas, "a", 1);
    try (var in = quotas.counted(owner("a"), new ByteArrayInputStream(new byte[ITEM_BYTES]))) {
      assertThat(in.read()).isZero();
      assertThat(in.readAllBytes()).hasSize(ITEM_BYTES - 1);
    }

    var refused = refused(quotas, "a");
    assertThat(refused.isRate()).isFalse();
    assertThat(refused.detail()).contains("1024B a day");
    assertThatThrownBy(() -> quotas.requireBytes(owner("a"), null))
        .isInstanceOf(QuotaExceeded.class);
    var body = new ByteArrayInputStream(new byte[1]);
    assertThatThrownBy(() -> quotas.counted(owner("a"), body)).isInstanceOf(QuotaExceeded.class);

    time.pass(Duration.ofSeconds(86_400 / 1024 + 1));
    append(quotas, "a", 1);
    time.pass(Duration.ofDays(2));
    quotas.addBytes(owner("a"), 1023);
    append(quotas, "a", 1);
  }

  @Test
  void tenantsAreCountedEachForItselfWithTheirOwnQuotas() {
    var quotas =
        quotas(1, DataSize.ofKilobytes(1), Map.of("b", new Quota(3, DataSize.ofMegabytes(1))));
    append(quotas, "a", 10);
    refused(quotas, "a");

    append(quotas, "b", 29);
    append(quotas, "b", 1);
    refused(quotas, "b");
    append(quotas, "c", 10);
  }

  @Test
  void whatHasNoOwnerCountsForTheDefaultTenant() {
    var quotas = quotas(1, null, Map.of());
    quotas.charge(POLICY.ofAll(Owner.NONE), THREAD, Collections.nCopies(10, ITEM));

    refused(quotas, "default");
  }

  @Test
  void aTenantWithoutAQuotaIsNotLimitedByThoseOfOthers() {
    var quotas = quotas(null, null, Map.of("b", new Quota(1, null)));
    append(quotas, "a", 1000);
    append(quotas, "a", 1000);

    append(quotas, "b", 10);
    refused(quotas, "b");
  }

  @Test
  void theNumberOfTenantsInMemoryIsBounded() {
    var quotas = quotas(1, null, Map.of());
    append(quotas, "first", 10);
    refused(quotas, "first");
    for (int i = 0; i <= Quotas.MAX_TENANTS; i++) {
      append(quotas, "tenant-" + i, 1);
    }

    append(quotas, "first", 1);
  }

  @ParameterizedTest
  @CsvSource({
    "rollbook.quotas.items-per-second,0",
    "rollbook.quotas.items-per-second,1000001",
    "rollbook.quotas.bytes-per-day,1023B",
    "rollbook.quotas.bytes-per-day,11TB",
    "rollbook.quotas.tenants.a.items-per-second,0",
    "rollbook.quotas.tenants[a].bytes-per-day,1B"
  })
  void anInvalidQuotaStopsTheStart(String setting, String value) {
    assertThatThrownBy(() -> bind(Map.of(setting, value)))
        .rootCause()
        .hasMessageContainingAll("rollbook.quotas.", "must be from");
  }

  @Test
  void namesOfTenantsAreRead() {
    var properties =
        bind(
            Map.of(
                "rollbook.quotas.tenants.ci.items-per-second", "3",
                "rollbook.quotas.tenants[Team.A@x].bytes-per-day", "1GB"));

    assertThat(properties.of("ci")).isEqualTo(new Quota(3, null));
    assertThat(properties.of("Team.A@x")).isEqualTo(new Quota(null, DataSize.ofGigabytes(1)));
    assertThat(properties.of("other").isNone()).isTrue();
  }

  private static QuotaProperties bind(Map<String, String> settings) {
    return new Binder(new MapConfigurationPropertySource(settings))
        .bindOrCreate("rollbook.quotas", QuotaProperties.class);
  }

  private Quotas quotas(
      @Nullable Integer items, @Nullable DataSize bytes, Map<String, Quota> tenants) {
    return new Quotas(new QuotaProperties(items, bytes, tenants), POLICY, time);
  }

  private static Owner owner(String tenant) {
    return new Owner(tenant, "somebody");
  }

  private static void append(Quotas quotas, String tenant, int items) {
    quotas.charge(POLICY.of(owner(tenant)), THREAD, Collections.nCopies(items, ITEM));
  }

  private static QuotaExceeded refused(Quotas quotas, String tenant) {
    return catchThrowableOfType(
        QuotaExceeded.class, () -> quotas.charge(POLICY.of(owner(tenant)), THREAD, List.of(ITEM)));
  }
}
