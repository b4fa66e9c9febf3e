package dev.rollbook.skips;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.rollbook.model.SkipReason;
import dev.rollbook.model.ThreadId;
import dev.rollbook.skips.PersistenceProperties.Health;
import dev.rollbook.skips.PersistenceProperties.Log;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// One line for the first skip of a thread and reason, and one for all others of the quiet period.
class SkipLogTest {
  private static final Duration QUIET_PERIOD = Duration.ofSeconds(10);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant END = START.plus(QUIET_PERIOD);
  private static final String FIRST = "rollout persistence skipped: no space left";

  private final ThreadId thread = new ThreadId(UUID.randomUUID());
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @BeforeEach
  void listen() {
    logged.start();
    logger().addAppender(logged);
  }

  @AfterEach
  void stopListening() {
    logger().detachAppender(logged);
  }

  @Test
  void furtherSkipsOfTheQuietPeriodAreOneSummaryAtItsEnd() {
    var log = logAt(END);
    log.log(skip(thread, false), START);
    log.log(skip(thread, false), START.plusSeconds(1));
    log.log(skip(thread, true), END.minusNanos(1));
    assertThat(lines()).containsExactly(FIRST);

    log.endQuietPeriods();
    log.endQuietPeriods();

    assertThat(lines()).containsExactly(FIRST, FIRST + " (2 more in 10 s)");
  }

  @Test
  void aSkipAfterTheQuietPeriodHasALineOfItsOwnAfterTheSummary() {
    var log = logAt(END);
    log.log(skip(thread, false), START);
    log.log(skip(thread, false), START);
    log.log(skip(thread, false), END);

    assertThat(lines()).containsExactly(FIRST, FIRST + " (1 more in 10 s)", FIRST);
  }

  @Test
  void theQuietPeriodOfOneThreadHidesNoSkipOfAnother() {
    var log = logAt(START);
    log.log(skip(thread, false), START);
    log.log(skip(new ThreadId(UUID.randomUUID()), false), START);

    assertThat(lines()).containsExactly(FIRST, FIRST);
  }

  @Test
  void turnMarkersAloneAreNotSummarized() {
    var log = logAt(END);
    log.log(skip(thread, false), START);
    log.log(skip(thread, true), START);

    log.endQuietPeriods();

    assertThat(lines()).containsExactly(FIRST);
  }

  private static SkipLog logAt(Instant now) {
    return new SkipLog(
        new PersistenceProperties(new Health(QUIET_PERIOD), new Log(QUIET_PERIOD), null),
        Clock.fixed(now, ZoneOffset.UTC));
  }

  private static SkippedWrite skip(ThreadId thread, boolean turnMarker) {
    return new SkippedWrite(
        thread, null, 0, 1, SkipReason.STORAGE_FULL, "no space left", null, turnMarker);
  }

  private List<String> lines() {
    return logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("dev.rollbook.persistence");
  }
}
