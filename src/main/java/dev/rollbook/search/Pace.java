package dev.rollbook.search;

import com.sun.management.OperatingSystemMXBean;
import dev.rollbook.worker.Pause;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Lets the indexing have half of the time of one processor at most, and a quarter while the
/// machine is busy. So it is the search that falls behind under load, and not the appends.
final class Pace {
  private static final long STRETCH = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long BETWEEN_LOOKS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final double BUSY = 0.8;
  private static final int RESTS_WHILE_BUSY = 3;

  private final OperatingSystemMXBean machine =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final Pause pause;
  private long began = System.nanoTime();
  private long looked = began;
  private boolean busy;

  Pace(Pause pause) {
    this.pause = pause;
  }

  Pause pause() {
    return pause;
  }

  boolean isStopped() {
    return pause.isStopped();
  }

  /// To be called often while there is work.
  void breathe() {
    long now = System.nanoTime();
    if (now - began >= STRETCH) {
      look(now);
      pause.rest(Duration.ofNanos((now - began) * (busy ? RESTS_WHILE_BUSY : 1)));
      begin();
    }
  }

  /// A stretch of work begins.
  void begin() {
    began = System.nanoTime();
  }

  /// The system tells of the time since it was asked last; a load that it does not know is none.
  private void look(long now) {
    if (now - looked > BETWEEN_LOOKS) {
      looked = now;
      busy = machine.getCpuLoad() > BUSY;
    }
  }
}
