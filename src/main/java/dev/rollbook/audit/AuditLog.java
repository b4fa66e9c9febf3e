package dev.rollbook.audit;

import dev.rollbook.audit.AuditEntry.Outcome;
import dev.rollbook.lock.GroupCommit;
import dev.rollbook.lock.GroupCommit.Entry;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.StorageFaults;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;

/// The audit: appends entries to the file of the day, with fsync and group commit.
///
/// An action that must not happen without a trace has two entries: [#require] writes the first one
/// before the action, and [#add] the second one with its outcome. If the disk fails in between, the
/// first entry remains.
///
/// Refused requests are sampled, because anybody can send them: of each minute, the first ten are
/// written, and the number of all others.
public final class AuditLog {
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
  private static final int SAMPLED_REFUSALS = 10;
  private static final Duration SAMPLING_PERIOD = Duration.ofMinutes(1);

  private final boolean enabled;
  private final Duration deletedAfter;
  private final AuditFiles files;
  private final Clock clock;
  private final Counter written;
  private final Counter failed;
  private final GroupCommit<String, Boolean> lines = new GroupCommit<>(this::write);

  /// Held while the files are used.
  private final ReentrantLock writing = new ReentrantLock();

  private final Object refusals = new Object();
  private volatile @Nullable Trouble trouble;

  /// Guarded by `refusals`.
  private Instant periodEnd = Instant.EPOCH;

  private long refusalsInPeriod;

  /// Why the audit cannot be written.
  ///
  /// @param lost entries that were not written since then
  public record Trouble(Instant since, String cause, long lost) {}

  public AuditLog(
      boolean enabled,
      AuditProperties properties,
      Disk disk,
      DataDir dataDir,
      Clock clock,
      MeterRegistry registry) {
    this.enabled = enabled;
    this.deletedAfter = properties.deletedAfter();
    this.files = new AuditFiles(disk, dataDir);
    this.clock = clock;
    this.written = counter(registry, "written");
    this.failed = counter(registry, "failed");
  }

  private static Counter counter(MeterRegistry registry, String result) {
    return Counter.builder("audit.entries")
        .description("Entries of the audit that were written, or could not be written")
        .baseUnit("entries")
        .tag("result", result)
        .register(registry);
  }

  public boolean isEnabled() {
    return enabled;
  }

  /// Empty if the last entry was written.
  public Optional<Trouble> trouble() {
    return Optional.ofNullable(trouble);
  }

  /// Writes entries before their actions. Returns when they are on the disk.
  ///
  /// @throws AuditUnavailableException if they cannot be written; then the actions must not be done
  public void require(List<AuditEntry> entries) throws AuditUnavailableException {
    if (!enabled || entries.isEmpty()) {
      return;
    }
    try {
      submit(entries);
    } catch (IOException e) {
      throw new AuditUnavailableException(
          "the audit cannot be written (%s)".formatted(StorageFaults.shortCause(e)), e);
    }
  }

  public void require(AuditEntry entry) throws AuditUnavailableException {
    require(List.of(entry));
  }

  /// Writes entries about what has happened. Returns when they are on the disk, or when they cannot
  /// be written, which the health shows.
  public void add(List<AuditEntry> entries) {
    if (!enabled || entries.isEmpty()) {
      return;
    }
    try {
      submit(entries);
    } catch (IOException e) {
      log.debug("{} entries of the audit are lost", entries.size(), e);
    }
  }

  public void add(AuditEntry entry) {
    add(List.of(entry));
  }

  /// Writes or counts a refused request.
  public void addRefusal(AuditEntry entry) {
    if (enabled) {
      endPeriod();
      boolean sampled;
      synchronized (refusals) {
        sampled = ++refusalsInPeriod <= SAMPLED_REFUSALS;
      }
      if (sampled) {
        add(entry);
      }
    }
  }

  /// Ends a period of refusals, and tries whether the audit can be written again.
  @Scheduled(fixedDelay = 1000)
  void tick() {
    if (!enabled) {
      return;
    }
    endPeriod();
    var last = trouble;
    if (last != null) {
      add(AuditEntry.ofService("audit.resume", Outcome.DONE).withCount(last.lost()));
    }
  }

  @Scheduled(initialDelay = 60_000, fixedDelay = 3_600_000)
  void deleteOldFiles() {
    if (!enabled) {
      return;
    }
    writing.lock();
    try {
      var old = files.deleteBefore(today().minusDays(deletedAfter.toDays()));
      if (!old.isEmpty()) {
        log.info("deleted {} old files of the audit, up to {}", old.size(), old.getLast());
      }
    } catch (IOException e) {
      log.warn(
          "old files of the audit cannot be deleted, the next hour tries again: {}",
          StorageFaults.shortCause(e));
    } finally {
      writing.unlock();
    }
  }

  private void endPeriod() {
    long others = 0;
    synchronized (refusals) {
      var now = clock.instant();
      // Also after the clock was set back.
      if (!now.isBefore(periodEnd) || periodEnd.isAfter(now.plus(SAMPLING_PERIOD))) {
        others = Math.max(0, refusalsInPeriod - SAMPLED_REFUSALS);
        refusalsInPeriod = 0;
        periodEnd = now.plus(SAMPLING_PERIOD);
      }
    }
    if (others > 0) {
      add(AuditEntry.ofService("request.refuse", Outcome.REFUSED).withCount(others));
    }
  }

  private void submit(List<AuditEntry> entries) throws IOException {
    var at = Timestamps.format(clock.instant());
    var text = entries.stream().map(entry -> entry.toJson(at) + "\n").collect(Collectors.joining());
    try {
      IoRecovery.unwrapped(() -> lines.submit(text, text.length()));
      written.increment(entries.size());
    } catch (IOException e) {
      failed.increment(entries.size());
      lost(entries.size(), e);
      throw e;
    }
  }

  private void write(Supplier<List<Entry<String, Boolean>>> waiting) {
    writing.lock();
    try {
      var group = waiting.get();
      var text = group.stream().map(Entry::request).collect(Collectors.joining());
      IoRecovery.wrapped(() -> {
        files.append(today(), text);
        return text;
      });
      trouble = null;
      group.forEach(entry -> entry.complete(() -> true));
    } finally {
      writing.unlock();
    }
  }

  private void lost(int entries, IOException e) {
    var cause = StorageFaults.shortCause(e);
    writing.lock();
    try {
      var before = trouble;
      if (before == null) {
        log.warn(
            "the audit cannot be written ({}): deletions, exports and changes by operators are"
                + " refused until it can; turns go on",
            cause);
      }
      trouble =
          before == null
              ? new Trouble(clock.instant(), cause, entries)
              : new Trouble(before.since(), cause, before.lost() + entries);
    } finally {
      writing.unlock();
    }
  }

  private LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }
}
