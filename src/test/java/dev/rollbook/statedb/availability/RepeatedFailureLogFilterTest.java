package dev.rollbook.statedb.availability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;

class RepeatedFailureLogFilterTest {
  private static final String TRANSACTIONS =
      "org.springframework.transaction.interceptor.TransactionInterceptor";

  private final LoggerContext context = new LoggerContext();
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

  @BeforeEach
  void put() {
    context.addTurboFilter(new RepeatedFailureLogFilter(now::get));
    logged.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(logged);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        TRANSACTIONS,
        "org.springframework.transaction.support.TransactionTemplate",
        "org.springframework.jdbc.support.JdbcTransactionManager",
        "com.zaxxer.hikari.pool.HikariPool"
      })
  void aFailureIsOneLineAMinuteWithoutItsStack(String logger) {
    for (int i = 0; i < 3; i++) {
      fail(logger, new SQLException("duplicate key", "23505"));
    }
    assertThat(logged.list)
        .singleElement()
        .satisfies(event -> {
          assertThat(event.getLevel()).isEqualTo(Level.WARN);
          assertThat(event.getFormattedMessage())
              .isEqualTo(
                  "rollback of 7 failed: java.sql.SQLException: duplicate key;"
                      + " DEBUG logs the whole cause");
          assertThat(event.getThrowableProxy()).isNull();
        });

    fail(logger, new IllegalArgumentException("of another kind"));
    assertThat(logged.list).hasSize(2);

    now.addAndGet(Duration.ofMinutes(1).toNanos());
    fail(logger, new SQLException("duplicate key", "23505"));
    assertThat(logged.list).hasSize(3);
  }

  @Test
  void eachFailureIsLoggedAtDebugWithItsStackTrace() {
    context.getLogger(RepeatedFailureLogFilter.class).setLevel(Level.DEBUG);
    fail(TRANSACTIONS, new SQLException("lost", "08006"));
    fail(TRANSACTIONS, new SQLException("lost", "08006"));

    assertThat(logged.list)
        .extracting(ILoggingEvent::getLevel, event -> event.getThrowableProxy().getMessage())
        .containsExactly(tuple(Level.DEBUG, "outer"), tuple(Level.DEBUG, "outer"));
  }

  @Test
  void anUnreachableStateDbIsNotLoggedTwice() {
    fail(TRANSACTIONS, new SQLException("terminated", "57P01"));
    fail(TRANSACTIONS, new SQLException("closed", "90098"));
    fail(TRANSACTIONS, new SQLException("object closed", "90007"));
    fail(TRANSACTIONS, new SQLException("general error", "HY000"));
    fail(TRANSACTIONS, new SQLTransientConnectionException("timed out"));
    fail(TRANSACTIONS, new IOException("No space left on device"));

    assertThat(logged.list).isEmpty();
  }

  @Test
  void otherMessagesAndLoggersAreUnchanged() {
    context.getLogger("com.zaxxer.hikari.pool.PoolBase").warn("{} is {}", "connection", "old");
    assertThat(logged.list).isEmpty();

    var failure = new SQLException("duplicate key", "23505");
    context.getLogger("org.springframework.web").error("failed", failure);
    assertThat(logged.list)
        .extracting(ILoggingEvent::getLevel, ILoggingEvent::getLoggerName)
        .containsExactly(tuple(Level.ERROR, "org.springframework.web"));
  }

  private void fail(String logger, Exception cause) {
    context
        .getLogger(logger)
        .error("rollback of {} failed", 7, new RuntimeException("outer", cause));
  }
}
