package dev.rollbook.statedb.availability;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.EventArgUtil;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.helpers.MessageFormatter;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.annotation.Order;

/// Log filter that limits the log lines of failed connections and transactions. Without the filter,
/// Hikari and Spring log a stack trace for each failed connection and call.
///
/// With the filter, each kind of cause is logged at most once a minute, in one WARN line. All
/// failures are logged at DEBUG. If the state-db does not answer, the failure is logged only at
/// DEBUG, because Rollbook logs its own WARN line.
@Order(LoggingApplicationListener.DEFAULT_ORDER + 1)
final class RepeatedFailureLogFilter extends TurboFilter
    implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
  private static final List<String> LOGGERS =
      List.of(
          "org.springframework.transaction.",
          "org.springframework.jdbc.support.JdbcTransactionManager",
          "com.zaxxer.hikari.pool.");

  /// SQL states of lost or refused connections, of PostgreSQL and of H2, whose disk may be full.
  private static final List<String> CONNECTION_FAILURES =
      List.of(
          "08", "53", "55000", "57P", "58", "HY000", "90007", "90028", "90031", "90067", "90098",
          "90121");

  private static final long WARN_INTERVAL = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoTime;
  private final Map<String, Long> warnedAt = new ConcurrentHashMap<>();

  RepeatedFailureLogFilter() {
    this(System::nanoTime);
  }

  RepeatedFailureLogFilter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent prepared) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context
        && context.getTurboFilterList().stream()
            .noneMatch(RepeatedFailureLogFilter.class::isInstance)) {
      context.addTurboFilter(this);
    }
  }

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] parameters,
      @Nullable Throwable thrown) {
    if (format == null
        || !level.isGreaterOrEqual(Level.WARN)
        || LOGGERS.stream().noneMatch(logger.getName()::startsWith)) {
      return FilterReply.NEUTRAL;
    }
    var failure = thrown == null ? EventArgUtil.extractThrowable(parameters) : thrown;
    var message = MessageFormatter.arrayFormat(format, parameters).getMessage();
    var log = logger.getLoggerContext().getLogger(RepeatedFailureLogFilter.class);
    if (failure != null && !isConnectionFailure(failure)) {
      var root = NestedExceptionUtils.getMostSpecificCause(failure);
      if (isDue(logger.getName() + root.getClass())) {
        log.warn("{}: {}; DEBUG logs the whole cause", message, root.toString());
      }
    }
    log.debug(message, failure);
    return FilterReply.DENY;
  }

  private boolean isDue(String kind) {
    long now = nanoTime.getAsLong();
    var before = warnedAt.putIfAbsent(kind, now);
    return before == null || (now - before >= WARN_INTERVAL && warnedAt.replace(kind, before, now));
  }

  private static boolean isConnectionFailure(Throwable failure) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException
          || cause instanceof SQLTransientConnectionException
          || cause instanceof SQLNonTransientConnectionException
          || cause instanceof SQLRecoverableException
          || (cause instanceof SQLException sql
              && sql.getSQLState() != null
              && CONNECTION_FAILURES.stream().anyMatch(sql.getSQLState()::startsWith))) {
        return true;
      }
    }
    return false;
  }
}
