package dev.rollbook.worker;

import dev.rollbook.model.Timestamps;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;
import org.springframework.util.ErrorHandler;

/// Failures of background workers by name, and the health component that shows them.
///
/// A worker runs each step through [#run], or catches an exception itself and reports it to
/// [#failed]. If an exception ended the thread of the worker instead, the worker would do nothing
/// more, and the only trace would be a stack trace on stderr.
@Component("backgroundWorkers")
public class WorkerFailures implements ErrorHandler, HealthIndicator {
  private static final Logger log = LoggerFactory.getLogger(WorkerFailures.class);
  private static final String SCHEDULED = "schedule";

  private static final Status DEGRADED = new Status("DEGRADED");

  /// A worker that reports no success counts as healthy again after this.
  private static final Duration FAILURE_TTL = Duration.ofMinutes(5);

  private final ConcurrentMap<String, Failure> failures = new ConcurrentHashMap<>();
  private final Clock clock;

  public WorkerFailures(Clock clock) {
    this.clock = clock;
  }

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

  /// Records a failed step; the worker continues. A repeated failure gets no second log line.
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

  /// Records the exception of a scheduled task, which runs again at its next time.
  @Override
  public void handleError(Throwable cause) {
    failed(SCHEDULED, cause);
  }

  /// Degraded while the last step of a worker has failed. Never down, because the rest of the
  /// service still works.
  @Override
  public Health health() {
    var shown = failures();
    var health = shown.isEmpty() ? Health.up() : Health.status(DEGRADED);
    shown.forEach((worker, failure) -> health.withDetail(worker, details(failure)));
    return health.build();
  }

  Map<String, Failure> failures() {
    var recent = clock.instant().minus(FAILURE_TTL);
    failures.values().removeIf(failure -> failure.last().isBefore(recent));
    return new TreeMap<>(failures);
  }

  private static Map<String, Object> details(Failure failure) {
    return Map.of(
        "failure", failure.message(),
        "since", Timestamps.format(failure.since()),
        "last", Timestamps.format(failure.last()),
        "count", failure.count());
  }
}
