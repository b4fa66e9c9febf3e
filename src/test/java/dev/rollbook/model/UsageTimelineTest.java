package dev.rollbook.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTimelineTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:11:12.345Z");
  private static final TokenCounts TOKENS = new TokenCounts(5, 4, 3, 2, 8);

  @Test
  void turnsOfAQuarterOfAnHourAreAddedUp() {
    var timeline =
        UsageTimeline.EMPTY
            .plus(NOW, 1, TOKENS)
            .plus(Instant.parse("2026-11-24T10:14:59.999Z"), 1, TOKENS)
            .plus(Instant.parse("2026-11-24T10:15:00Z"), 1, TokenCounts.NONE);

    assertThat(entries(timeline))
        .containsExactly(
            "2026-11-24T10:00:00Z 2 " + TOKENS.plus(TOKENS),
            "2026-11-24T10:15:00Z 1 " + TokenCounts.NONE);
    assertThat(timeline.text()).matches("\\d+,2,10,8,6,4,16;\\d+,1");
    assertThat(UsageTimeline.of(timeline.text())).isEqualTo(timeline);
  }

  @Test
  void whatIsTakenBackLeavesNoEntry() {
    var timeline =
        UsageTimeline.EMPTY
            .plus(NOW, 1, TOKENS)
            .plus(NOW, 0, TokenCounts.NONE.minus(TOKENS))
            .plus(NOW, -1, TokenCounts.NONE);

    assertThat(timeline).isEqualTo(UsageTimeline.EMPTY);
    assertThat(timeline.text()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z"
      })
  void everyTimeCanBeStored(Instant at) {
    var timeline = UsageTimeline.EMPTY.plus(at, 1, TOKENS);

    assertThat(entries(timeline))
        .singleElement()
        .satisfies(entry ->
            assertThat(Duration.between(Instant.parse(entry.split(" ")[0]), at))
                .isBetween(Duration.ZERO, Duration.ofMinutes(15)));
  }

  @Test
  void sumsSaturate() {
    var most = new TokenCounts(Long.MAX_VALUE, 0, 0, 0, Long.MAX_VALUE);

    assertThat(entries(UsageTimeline.EMPTY.plus(NOW, 1, most).plus(NOW, 1, most)))
        .containsExactly("2026-11-24T10:00:00Z 2 " + most);
    assertThat(TokenCounts.NONE.minus(most).minus(most).input()).isEqualTo(Long.MIN_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"it's odd", ";;", ",", "1,2,3,4,5,6,7,8", "x,1", "1,9999999999999999999", " 1,1"})
  void whatIsNoEntryIsIgnored(String text) {
    assertThat(entries(UsageTimeline.of(text + ";4,1")))
        .containsExactly("1970-01-01T01:00:00Z 1 " + TokenCounts.NONE);
    assertThat(UsageTimeline.of(text).plus(Instant.EPOCH, 1, TokenCounts.NONE).text())
        .isEqualTo("0,1");
  }

  @Test
  void theLatestQuartersOfALongThreadStayPreciseAndNoTokenIsLost() {
    var random = new Random(1);
    var timeline = UsageTimeline.EMPTY;
    var byDay = new TreeMap<LocalDate, Long>();
    var at = NOW;
    var latest = at;
    for (int n = 0; n < 2000; n++) {
      latest = at;
      timeline = timeline.plus(at, 1, TOKENS);
      byDay.merge(LocalDate.ofInstant(at, ZoneOffset.UTC), 1L, Long::sum);
      at = at.plus(Duration.ofMinutes(15L * (1 + random.nextInt(20))));
    }

    assertThat(entries(timeline)).hasSizeLessThanOrEqualTo(UsageTimeline.MAX_ENTRIES);
    assertThat(days(timeline)).isEqualTo(byDay);
    assertThat(entries(timeline).getLast())
        .startsWith(UsageTimeline.start(UsageTimeline.quarter(latest)).toString());
    assertThat(UsageTimeline.of(timeline.text())).isEqualTo(timeline);
  }

  @Test
  void theOldestDaysAreMergedWhenThereAreTooMany() {
    var timeline = new UsageTimeline.Builder();
    for (int day = 0; day < 1000; day++) {
      timeline.add(NOW.plus(Duration.ofDays(day)), 1, TOKENS);
    }

    var built = timeline.build();

    assertThat(entries(built)).hasSizeLessThanOrEqualTo(UsageTimeline.MAX_ENTRIES);
    var turns = new ArrayList<Long>();
    built.forEach((quarter, count, tokens) -> turns.add(count));
    assertThat(turns.stream().mapToLong(Long::longValue).sum()).isEqualTo(1000);
    assertThat(turns.subList(1, turns.size())).containsOnly(1L);
  }

  private static Map<LocalDate, Long> days(UsageTimeline timeline) {
    var days = new TreeMap<LocalDate, Long>();
    timeline.forEach((quarter, turns, tokens) ->
        days.merge(
            LocalDate.ofInstant(UsageTimeline.start(quarter), ZoneOffset.UTC), turns, Long::sum));
    return days;
  }

  private static List<String> entries(UsageTimeline timeline) {
    var entries = new ArrayList<String>();
    timeline.forEach((quarter, turns, tokens) ->
        entries.add(UsageTimeline.start(quarter) + " " + turns + " " + tokens));
    return entries;
  }
}
