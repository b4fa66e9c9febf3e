package dev.rollbook.codex.watch;

import dev.rollbook.access.AccessPolicy;
import dev.rollbook.access.Owner;
import dev.rollbook.codex.source.RolloutFinder;
import dev.rollbook.codex.source.WatchProperties;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.worker.BackgroundWorker;
import dev.rollbook.worker.ShutdownPhase;
import dev.rollbook.worker.WorkerFailures;
import dev.rollbook.worker.WorkerSignal;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/// Background worker that polls a `CODEX_HOME` several times a second, and imports new threads and
/// new lines.
@Component
@ConditionalOnProperty("rollbook.watch.codex-home")
class CodexWatch extends BackgroundWorker {
  private static final Logger log = LoggerFactory.getLogger(CodexWatch.class);
  private static final Duration GLANCE_INTERVAL = Duration.ofMillis(250);
  private static final Duration MAX_BURST = Duration.ofMillis(750);

  /// The whole home is scanned once a second, or less often if a scan takes long: between two scans
  /// is a pause of at least this multiple of the duration of the first.
  private static final int PAUSE_PER_SCAN_TIME = 20;

  private final WatchedHome home;
  private final Path path;
  private final WatchedFileImporter threads;
  private final Clock clock;
  private volatile Report report = new Report(0, 0, Map.of(), null);
  private long scanAt = System.nanoTime();
  private @Nullable String unreadable;

  CodexWatch(
      WatchProperties properties,
      DataDir dataDir,
      Disk disk,
      RolloutFinder tree,
      WatchedFileImporter threads,
      MeterRegistry registry,
      WorkerFailures workers,
      AccessPolicy policy,
      Clock clock) {
    super("codex-watch", ShutdownPhase.BACKGROUND, Thread.ofVirtual(), workers);
    this.path = Objects.requireNonNull(properties.codexHome());
    if (path.equals(dataDir.dataDir())) {
      throw new IllegalArgumentException(
          "rollbook.watch.codex-home is the data-dir itself, %s: what a Codex writes there is here already"
              .formatted(path));
    }
    this.home = new WatchedHome(path, disk, tree, policy.of(Owner.NONE));
    this.threads = threads;
    this.clock = clock;
    Gauge.builder("watch.threads", () -> report().threads())
        .description("Threads of the followed CODEX_HOME")
        .baseUnit("threads")
        .register(registry);
    Gauge.builder("watch.files.behind", () -> report().behind())
        .description("Files of the followed CODEX_HOME that are not imported completely")
        .baseUnit("files")
        .register(registry);
  }

  /// State of the watch, for its health.
  ///
  /// @param behind number of files whose content is not imported completely
  /// @param problems by path, relative to the home
  /// @param unreadable why the home cannot be read; null if it can
  record Report(
      int threads, long behind, Map<String, String> problems, @Nullable String unreadable) {}

  Path path() {
    return path;
  }

  Report report() {
    return report;
  }

  @Override
  public void start() {
    log.info("following Codex home {}", path);
    super.start();
  }

  /// A failure is shown as a problem of the watch, and does not end it.
  @Override
  protected Duration step(WorkerSignal signal) {
    try {
      look(signal);
    } catch (RuntimeException | Error e) {
      log.debug("Codex home {} cannot be polled", path, e);
      tell("unexpected failure: " + e);
    }
    return GLANCE_INTERVAL;
  }

  private void look(WorkerSignal signal) {
    if (System.nanoTime() - scanAt >= 0) {
      long begun = System.nanoTime();
      unreadable = home.scan();
      long took = System.nanoTime() - begun;
      scanAt = begun + Math.max(TimeUnit.SECONDS.toNanos(1), PAUSE_PER_SCAN_TIME * took);
    } else {
      home.glance(clock.instant());
    }
    takeDue(signal, System.nanoTime() + MAX_BURST.toNanos());
    tell(unreadable);
  }

  /// Imports the newest files first. Files that change during the pass come before older ones.
  private void takeDue(WorkerSignal signal, long until) {
    threads.rename(home);
    var context = home.context();
    for (var file : home.due(clock.instant())) {
      boolean isLast =
          signal.isStopped() || !threads.take(file, context) || System.nanoTime() - until >= 0;
      if (isLast) {
        return;
      }
    }
  }

  private void tell(@Nullable String cause) {
    var before = report;
    report = new Report(home.threads(), home.behind(), home.problems(), cause);
    if (cause != null && !cause.equals(before.unreadable())) {
      log.warn("Codex home {} cannot be followed: {}; retrying", path, cause);
    } else if (cause == null && before.unreadable() != null) {
      log.info("Codex home {} is followed again", path);
    }
  }
}
