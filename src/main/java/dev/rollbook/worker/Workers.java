package dev.rollbook.worker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.ErrorHandler;

/// What went wrong in background workers, each known by its name.
///
/// The JVM ends a thread whose task throws, and prints that to stderr: its work would stop for good
/// and in silence. A worker runs each step through [#run], or reports by [#failed] what it has
/// caught itself.
@Component
public class Workers implements ErrorHandler {
  private static final Logger log = LoggerFactory.getLogger(Workers.class);
  private static final String SCHEDULED = "schedule";

  /// A worker that reports no success is taken to be well again after this.
  private static final Duration WELL_AFTER = Duration.ofMinutes(5);

  private final ConcurrentMap<String, Failure> failures = new ConcurrentHashMap<>();
  private final Clock clock;

  public Workers(Clock clock) {
    this.clock = clock;
  }

  /// The last failure of a worker.
  record Failure(String message, Instant since, Instant last, long count) {}

  /// Runs one step of a worker; never throws.
  ///
  /// @return whether it succeeded
  public boolean run(String worker, Runnable step) {
    try {
      step.run();
      succeeded(worker);
      return true;
    } catch (RuntimeException | Error e) {
      failed(worker, e);
      return false;
    }
  }

  /// A step failed; the worker goes on. The same failure again is no second line.
  public void failed(String worker, Throwable cause) {
    var message = cause.toString();
    var now = clock.instant();
    var failure =
        failures.merge(
            worker,
            new Failure(message, now, now, 1),
            (known, next) ->
                known.message().equals(message)
                    ? new Failure(message, known.since(), now, known.count() + 1)
                    : next);
    if (failure.count() == 1) {
      log.warn("background worker {} failed and goes on: {}", worker, message);
    }
    log.debug("background worker {} failed", worker, cause);
  }

  public void succeeded(String worker) {
    failures.remove(worker);
  }

  /// What a scheduled task has thrown; it is run again when its time comes.
  @Override
  public void handleError(Throwable cause) {
    failed(SCHEDULED, cause);
  }

  Map<String, Failure> failures() {
    var recent = clock.instant().minus(WELL_AFTER);
    failures.values().removeIf(failure -> failure.last().isBefore(recent));
    return new TreeMap<>(failures);
  }
}
