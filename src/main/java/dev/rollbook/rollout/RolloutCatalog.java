package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Snapshot of the names of all rollouts. It is compact, because a comparison keeps it in memory,
/// and there may be a hundred thousand rollouts.
public final class RolloutCatalog {
  public static final RolloutCatalog NONE = of(Stream.empty(), new DataDir(Path.of("")));

  private static final Comparator<Entry> BY_THREAD = Comparator.comparing(Entry::thread);
  private static final int TIME_OFFSET = "rollout-".length();
  private static final int TIME_LENGTH = "2026-11-22T12-45-58".length();

  private final DataDir dataDir;
  private final Entry[] newestFirst;
  private final Entry[] byThread;

  private RolloutCatalog(DataDir dataDir, Entry[] entries) {
    this.dataDir = dataDir;
    this.newestFirst = entries;
    Arrays.sort(newestFirst, Entry.NEWEST_FIRST);
    this.byThread = newestFirst.clone();
    Arrays.sort(byThread, BY_THREAD);
  }

  static RolloutCatalog of(Stream<RolloutRef> rollouts, DataDir dataDir) {
    var directories = new HashMap<String, String>();
    return new RolloutCatalog(
        dataDir, rollouts.map(ref -> entry(ref, directories)).toArray(Entry[]::new));
  }

  public int size() {
    return newestFirst.length;
  }

  /// A range of all rollouts in this order: rollouts that are not archived, then archived ones,
  /// each newest first.
  ///
  /// @param to exclusive; may be beyond the end
  public List<RolloutRef> newestFirst(int from, int to) {
    return Arrays.stream(newestFirst, from, Math.min(to, newestFirst.length))
        .map(this::ref)
        .toList();
  }

  /// The rollouts of a thread, in the same order.
  public List<RolloutRef> of(ThreadId thread) {
    var wanted = new Entry("", 0, thread.value(), null);
    int first = Arrays.binarySearch(byThread, wanted, BY_THREAD);
    while (first > 0 && byThread[first - 1].thread().equals(thread.value())) {
      first--;
    }
    return first < 0
        ? List.of()
        : Arrays.stream(byThread, first, byThread.length)
            .takeWhile(entry -> entry.thread().equals(thread.value()))
            .map(this::ref)
            .toList();
  }

  private RolloutRef ref(Entry entry) {
    var name = entry.directory() + entry.name();
    return new RolloutRef(new ThreadId(entry.thread()), name, dataDir.resolve(name));
  }

  private static Entry entry(RolloutRef ref, Map<String, String> directories) {
    int split = ref.name().lastIndexOf('/') + 1;
    var directory = directories.computeIfAbsent(ref.name().substring(0, split), same -> same);
    var name = ref.name().substring(split);
    long time =
        Long.parseLong(
            name.substring(TIME_OFFSET, TIME_OFFSET + TIME_LENGTH).replaceAll("\\D", ""));
    var entry = new Entry(directory, time, ref.thread().value(), null);
    return entry.name().equals(name)
        ? entry
        : new Entry(directory, time, ref.thread().value(), name);
  }

  /// @param directory below the data-dir with a trailing `/`; shared by all entries in it
  /// @param time the digits in the name
  /// @param otherName the name if it does not follow from time and thread, else null
  private record Entry(String directory, long time, UUID thread, @Nullable String otherName) {
    static final Comparator<Entry> NEWEST_FIRST =
        Comparator.comparing((Entry entry) -> DataDir.isArchived(entry.directory))
            .thenComparing(Comparator.comparingLong(Entry::time).reversed())
            .thenComparing(Comparator.comparing(Entry::thread).reversed());

    String name() {
      if (otherName != null) {
        return otherName;
      }
      var digits = "%014d".formatted(time);
      return "rollout-%s-%s-%sT%s-%s-%s-%s.jsonl"
          .formatted(
              digits.substring(0, 4),
              digits.substring(4, 6),
              digits.substring(6, 8),
              digits.substring(8, 10),
              digits.substring(10, 12),
              digits.substring(12),
              thread);
    }
  }
}
