package dev.rollbook.rollout;

import dev.rollbook.memory.Eviction;
import dev.rollbook.memory.HeapShare;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.stereotype.Component;

/// Limits the number of rollouts that are open for appends. Above the limit, the least recently
/// used files are closed.
@Component
final class OpenFileLimit implements MeterBinder {
  private final int limit;
  private final Set<RolloutWriter> open = ConcurrentHashMap.newKeySet();
  private final Eviction<RolloutWriter> eviction;

  OpenFileLimit(OpenFileProperties properties) {
    this.limit = properties.maxOpenFiles();
    this.eviction =
        new Eviction<>(
            limit,
            writer -> 1,
            RolloutWriter::lastUsed,
            (writer, wanted) -> writer.closeIfUnused() ? 1 : 0);
  }

  void opened(RolloutWriter writer) {
    open.add(writer);
    if (open.size() > limit) {
      eviction.makeRoom(open);
    }
  }

  void closed(RolloutWriter writer) {
    open.remove(writer);
  }

  int count() {
    return open.size();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("rollout.files.open", this, OpenFileLimit::count)
        .description("Rollouts that are open for appends")
        .baseUnit("files")
        .register(registry);
  }

  /// Limits the file handles of live threads.
  ///
  /// @param maxOpenFiles Maximum number of rollout files that are open at the same time. The least
  ///   recently used files are closed.
  @ConfigurationProperties("rollbook.live")
  record OpenFileProperties(@DefaultValue("" + HeapShare.MAX_OPEN_FILES) int maxOpenFiles) {
    OpenFileProperties {
      if (maxOpenFiles < 1) {
        throw new IllegalArgumentException(
            "rollbook.live.max-open-files must be at least 1 but is " + maxOpenFiles);
      }
    }
  }
}
