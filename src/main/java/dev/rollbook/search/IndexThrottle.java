package dev.rollbook.search;

import com.sun.management.OperatingSystemMXBean;
import dev.rollbook.worker.WorkerSignal;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Throttle that limits indexing to half of the time of one processor, and to a twentieth of all
/// processors while the machine is busy. So load delays indexing instead of appends.
///
/// The pause follows the processor time of a step, because on a busy machine most of its duration
/// is waiting for a processor. Used by one thread.
final class IndexThrottle {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long WORK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long LOAD_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final double BUSY_LOAD = 0.8;
  private static final int SHARE_WHILE_BUSY = 20;

  /// For each unit of work. With many processors, half of one is less than a twentieth of all.
  private static final int PAUSE_WHILE_BUSY =
      Math.max(1, SHARE_WHILE_BUSY / Runtime.getRuntime().availableProcessors() - 1);

  /// Limits the pause after a long step, such as a merge, so that a search does not wait for it.
  private static final Duration MAX_PAUSE = Duration.ofMillis(400);

  private final OperatingSystemMXBean machine =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final WorkerSignal signal;
  private long began = System.nanoTime();
  private long cpuBegan;
  private long checked = began;
  private boolean busy;

  IndexThrottle(WorkerSignal signal) {
    this.signal = signal;
  }

  WorkerSignal signal() {
    return signal;
  }

  boolean isStopped() {
    return signal.isStopped();
  }

  /// Pauses if the share of time is used up. Must be called often while there is work.
  void maybePause() {
    long now = System.nanoTime();
    if (now - began >= WORK_NANOS) {
      checkLoad(now);
      long worked = THREADS.getCurrentThreadCpuTime() - cpuBegan;
      var pause = Duration.ofNanos(worked * (busy ? PAUSE_WHILE_BUSY : 1));
      signal.pause(pause.compareTo(MAX_PAUSE) < 0 ? pause : MAX_PAUSE);
      begin();
    }
  }

  /// Begins to measure work.
  void begin() {
    began = System.nanoTime();
    cpuBegan = THREADS.getCurrentThreadCpuTime();
  }

  /// The load since the last check; an unknown load (-1) is not busy.
  private void checkLoad(long now) {
    if (now - checked > LOAD_CHECK_NANOS) {
      checked = now;
      busy = machine.getCpuLoad() > BUSY_LOAD;
    }
  }
}
