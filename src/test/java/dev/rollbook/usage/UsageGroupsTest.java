package dev.rollbook.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.RollbookException.InvalidRequest;
import dev.rollbook.model.TokenCounts;
import dev.rollbook.model.UsageTimeline;
import dev.rollbook.statedb.listing.UsageScan.ThreadUsage;
import dev.rollbook.usage.PriceTable.InvalidPricesException;
import dev.rollbook.usage.UsageQuery.Dimension;
import dev.rollbook.usage.UsageReport.Group;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Usage of threads is added up by any combination of dimensions.
class UsageGroupsTest {
  private static final Instant MONDAY = Instant.parse("2026-11-23T23:50:00Z");
  private static final Instant TUESDAY = Instant.parse("2026-11-24T00:10:00Z");

  @Test
  void aThreadCountsOnceInEachOfItsGroups() {
    var groups = groups(query(10, Dimension.DAY, Dimension.MODEL), null);
    groups.add(thread("m", "/a", at(MONDAY, 1), at(MONDAY, 2), at(TUESDAY, 4)));
    groups.add(thread("m", "/b", at(MONDAY, 8)));
    groups.add(thread(null, "/b", at(TUESDAY, 16)));

    assertThat(groups.first())
        .extracting(UsageGroupsTest::text)
        .containsExactly(
            "{day=2026-11-24, model=null} 1 1 16",
            "{day=2026-11-24, model=m} 1 1 4",
            "{day=2026-11-23, model=m} 3 2 11");
    assertThat(groups.total().turns()).isEqualTo(5);
    assertThat(groups.total().threads()).isEqualTo(3);
    assertThat(groups.total().tokens().total()).isEqualTo(31);
    assertThat(groups.total().cost()).isNull();
    assertThat(groups.isTruncated()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "UTC,{day=2026-11-24} 1 1 2,{day=2026-11-23} 1 1 1",
    "Asia/Kathmandu,{day=2026-11-24} 2 1 3,",
    "America/St_Johns,{day=2026-11-23} 2 1 3,",
    "-00:05,{day=2026-11-23} 2 1 3,"
  })
  void daysBeginInTheZone(String zone, String first, @Nullable String second) {
    var query =
        new UsageQuery(EnumSet.of(Dimension.DAY), null, null, ZoneId.of(zone), 10, anything());
    var groups = groups(query, null);
    groups.add(thread("m", "/a", at(MONDAY, 1), at(TUESDAY, 2)));

    assertThat(groups.first().stream().map(UsageGroupsTest::text).toList())
        .isEqualTo(second == null ? List.of(first) : List.of(first, second));
  }

  @Test
  void adjacentPeriodsCountEveryTurnOnce() {
    var border = Instant.parse("2026-11-24T00:01:00Z");
    var before =
        groups(
            new UsageQuery(
                EnumSet.of(Dimension.MODEL), null, border, ZoneOffset.UTC, 10, anything()),
            null);
    var after =
        groups(
            new UsageQuery(
                EnumSet.of(Dimension.MODEL), border, null, ZoneOffset.UTC, 10, anything()),
            null);
    for (var groups : List.of(before, after)) {
      groups.add(thread("m", "/a", at(MONDAY, 1), at(TUESDAY, 2)));
      groups.add(thread("m", "/a", at(TUESDAY, 4)));
    }

    assertThat(before.first()).extracting(UsageGroupsTest::text).containsExactly("{model=m} 1 1 1");
    assertThat(after.first()).extracting(UsageGroupsTest::text).containsExactly("{model=m} 2 2 6");
  }

  @Test
  void theFirstGroupsAreReturnedAndTheTotalHasAll() {
    for (var dimension : List.of(Dimension.THREAD, Dimension.CWD)) {
      var groups = groups(query(2, dimension), null);
      for (int n = 0; n < 10; n++) {
        groups.add(thread("m", "/" + n, at(MONDAY, (n * 7) % 10)));
      }

      assertThat(groups.first())
          .extracting(group -> group.tokens().total())
          .containsExactly(9L, 8L);
      assertThat(groups.isTruncated()).isTrue();
      assertThat(groups.total().tokens().total()).isEqualTo(45);
      assertThat(groups.total().threads()).isEqualTo(10);
    }
  }

  @Test
  void aDirectoryHasOneGroupForAllItsSpellings() {
    var groups = groups(query(10, Dimension.CWD), null);
    groups.add(spelled("m", "/a/", "/a", at(MONDAY, 1)));
    groups.add(spelled("m", "/a", "/a", at(MONDAY, 2)));
    groups.add(spelled("m", null, null, at(MONDAY, 4)));

    assertThat(groups.first())
        .extracting(UsageGroupsTest::text)
        .containsExactly("{cwd=null} 1 1 4", "{cwd=/a/} 2 2 3");
  }

  @Test
  void tooManyGroupsAreRefusedExceptThoseOfThreads() {
    var byThread = groups(query(1, Dimension.THREAD), null);
    var byDirectory = groups(query(1, Dimension.CWD), null);

    for (int n = 0; n < UsageGroups.MAX_GROUPS; n++) {
      var thread = thread("m", "/" + n, at(MONDAY, 1));
      byThread.add(thread);
      byDirectory.add(thread);
    }

    var another = thread("m", "/another", at(MONDAY, 1));
    byThread.add(another);
    assertThat(byThread.first()).hasSize(1);
    assertThatThrownBy(() -> byDirectory.add(another))
        .isInstanceOfSatisfying(
            InvalidRequest.class,
            e -> assertThat(e.violations().getFirst().pointer()).isEqualTo("by"));
  }

  @Test
  void tokensWithoutAPriceAreNamed() throws InvalidPricesException {
    var prices = PriceTable.parse("currency: USD\nmodels: {m: {input: 1000000, output: 0}}");
    var groups = groups(query(10, Dimension.DAY), prices);
    groups.add(thread("m", "/a", at(MONDAY, 1)));
    groups.add(thread("unknown", "/a", at(MONDAY, 2)));
    groups.add(thread(null, "/a", at(MONDAY, 4)));
    groups.add(thread("unused", "/a", at(MONDAY, 0)));

    var cost = groups.first().getFirst().cost();
    assertThat(cost).isEqualTo(groups.total().cost());
    assertThat(String.valueOf(cost)).isEqualTo("Cost[amount=1, unpricedTokens=6]");
    assertThat(groups.modelsWithoutPrice()).containsExactly("unknown");
  }

  private record Turn(Instant at, long tokens) {}

  private static Turn at(Instant at, long tokens) {
    return new Turn(at, tokens);
  }

  private static ThreadUsage thread(@Nullable String model, @Nullable String cwd, Turn... turns) {
    return spelled(model, cwd, cwd, turns);
  }

  private static ThreadUsage spelled(
      @Nullable String model, @Nullable String cwd, @Nullable String cwdKey, Turn... turns) {
    var timeline = new UsageTimeline.Builder();
    Arrays.stream(turns)
        .forEach(
            turn -> timeline.add(turn.at, 1, new TokenCounts(turn.tokens, 0, 0, 0, turn.tokens)));
    return new ThreadUsage(UUID.randomUUID(), MONDAY, model, null, cwd, cwdKey, timeline.build());
  }

  private static UsageQuery query(int limit, Dimension first, Dimension... more) {
    return new UsageQuery(EnumSet.of(first, more), null, null, ZoneOffset.UTC, limit, anything());
  }

  private static UsageQuery.Filter anything() {
    return new UsageQuery.Filter(null, null, null, null, null);
  }

  private static UsageGroups groups(UsageQuery query, @Nullable PriceTable prices) {
    return new UsageGroups(query, prices);
  }

  private static String text(Group group) {
    return "%s %d %d %d"
        .formatted(group.key(), group.turns(), group.threads(), group.tokens().total());
  }
}
