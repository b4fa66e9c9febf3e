package dev.rollbook.watch;

import dev.rollbook.rollout.DataDir;
import dev.rollbook.rollout.Disk;
import dev.rollbook.source.NameIndex;
import dev.rollbook.source.SourceTree;
import dev.rollbook.source.WatchProperties;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Looks at a `CODEX_HOME` a few times a second, and takes what is new in it.
@Component
@ConditionalOnProperty("rollbook.watch.codex-home")
class CodexWatch implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(CodexWatch.class);
  private static final Duration GLANCE = Duration.ofMillis(250);
  private static final Duration BURST = Duration.ofMillis(750);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// All of the home is looked at once a second, or less often where that takes long: looking is to
  /// take no more than this part of the time.
  private static final int SCAN_SHARE = 20;

  private final WatchedHome home;
  private final Path path;
  private final FollowedThreads threads;
  private final Clock clock;
  private volatile WatchReport report = WatchReport.NONE;
  private volatile CountDownLatch end = new CountDownLatch(1);
  private @Nullable Thread worker;
  private boolean running;
  private long scanAt = System.nanoTime();
  private @Nullable String unreadable;

  CodexWatch(
      WatchProperties properties,
      DataDir dataDir,
      Disk disk,
      SourceTree tree,
      NameIndex index,
      FollowedThreads threads,
      Clock clock) {
    this.path = Objects.requireNonNull(properties.codexHome());
    if (path.equals(dataDir.dataDir())) {
      throw new IllegalArgumentException(
          "rollbook.watch.codex-home is the data-dir itself, %s: what a Codex writes there is here already"
              .formatted(path));
    }
    this.home = new WatchedHome(path, disk, tree, index);
    this.threads = threads;
    this.clock = clock;
  }

  Path path() {
    return path;
  }

  WatchReport report() {
    return report;
  }

  @Override
  public synchronized void start() {
    log.info("following the history in {}", path);
    running = true;
    var before = worker;
    var until = new CountDownLatch(1);
    end = until;
    worker = Thread.ofVirtual().name("codex-watch").start(() -> run(before, until));
  }

  @Override
  public synchronized void stop() {
    end.countDown();
    try {
      if (worker != null && !worker.join(PATIENCE)) {
        log.info("a file that is followed is in the middle of being read; that begins anew");
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    running = false;
  }

  @Override
  public synchronized boolean isRunning() {
    return running;
  }

  /// @param before the worker of an earlier start that may still be in the middle of a file
  private void run(@Nullable Thread before, CountDownLatch until) {
    try {
      if (before != null) {
        before.join();
      }
      while (until.getCount() > 0) {
        lookSafely();
        boolean ended = until.await(GLANCE.toMillis(), TimeUnit.MILLISECONDS);
        log.trace("the watch of {} {}", path, ended ? "ends" : "goes on");
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /// Whatever happens, the watch goes on.
  private void lookSafely() {
    try {
      look();
    } catch (RuntimeException | Error unexpected) {
      log.debug("{} cannot be looked at", path, unexpected);
      tell("cannot be looked at: " + unexpected);
    }
  }

  private void look() {
    if (System.nanoTime() - scanAt >= 0) {
      long begun = System.nanoTime();
      unreadable = home.scan();
      long took = System.nanoTime() - begun;
      scanAt = begun + Math.max(TimeUnit.SECONDS.toNanos(1), SCAN_SHARE * took);
    } else {
      home.glance(clock.instant());
    }
    takeDue(System.nanoTime() + BURST.toNanos());
    tell(unreadable);
  }

  /// What is most recent comes first, and whatever is written meanwhile before older files.
  private void takeDue(long until) {
    threads.rename(home);
    for (var file : home.due(clock.instant())) {
      if (end.getCount() == 0) {
        return;
      }
      if (!threads.take(file, home)) {
        return;
      }
      if (System.nanoTime() - until >= 0) {
        return;
      }
    }
  }

  private void tell(@Nullable String cause) {
    var before = report;
    report = WatchReport.of(home, cause);
    if (cause != null && !cause.equals(before.unreadable())) {
      log.warn("{} cannot be followed: {}; it is tried again", path, cause);
    } else if (cause == null && before.unreadable() != null) {
      log.info("{} is followed again", path);
    }
  }
}
