package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.DataDir;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All rollouts that there were at a time, by their names alone and in little memory: whoever
/// compares a hundred thousand of them holds these all along.
public final class RolloutNames {
  public static final RolloutNames NONE = of(Stream.empty(), new DataDir(Path.of("")));

  private static final int TIME = "rollout-".length();
  private static final int TIME_LENGTH = "2026-11-22T12-45-58".length();

  private final DataDir dataDir;
  private final Entry[] newestFirst;
  private final Entry[] byThread;

  private RolloutNames(DataDir dataDir, Entry[] entries) {
    this.dataDir = dataDir;
    this.newestFirst = entries;
    Arrays.sort(newestFirst, Entry.NEWEST_FIRST);
    this.byThread = newestFirst.clone();
    Arrays.sort(byThread, Comparator.comparing(Entry::thread));
  }

  static RolloutNames of(Stream<RolloutRef> rollouts, DataDir dataDir) {
    var directories = new HashMap<String, String>();
    return new RolloutNames(
        dataDir, rollouts.map(ref -> entry(ref, directories)).toArray(Entry[]::new));
  }

  public int size() {
    return newestFirst.length;
  }

  /// Some of them, of all in this order: those that are not archived before those that are, and the
  /// newest first.
  ///
  /// @param to exclusive; may lie behind the end
  public List<RolloutRef> newestFirst(int from, int to) {
    var refs = new ArrayList<RolloutRef>();
    for (int i = from; i < Math.min(to, newestFirst.length); i++) {
      refs.add(ref(newestFirst[i]));
    }
    return refs;
  }

  /// Those of a thread, in the same order.
  public List<RolloutRef> of(ThreadId thread) {
    var refs = new ArrayList<RolloutRef>();
    int i = firstOf(thread.value());
    for (; i < byThread.length && byThread[i].thread().equals(thread.value()); i++) {
      refs.add(ref(byThread[i]));
    }
    return refs;
  }

  private int firstOf(UUID thread) {
    int low = 0;
    int high = byThread.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (byThread[middle].thread().compareTo(thread) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private RolloutRef ref(Entry entry) {
    var name = entry.directory() + entry.name();
    return new RolloutRef(new ThreadId(entry.thread()), name, dataDir.resolve(name));
  }

  private static Entry entry(RolloutRef ref, Map<String, String> directories) {
    int split = ref.name().lastIndexOf('/') + 1;
    var directory = directories.computeIfAbsent(ref.name().substring(0, split), same -> same);
    var name = ref.name().substring(split);
    long time = Long.parseLong(name.substring(TIME, TIME + TIME_LENGTH).replaceAll("\\D", ""));
    var entry = new Entry(directory, time, ref.thread().value(), null);
    return entry.name().equals(name)
        ? entry
        : new Entry(directory, time, ref.thread().value(), name);
  }

  /// @param directory below the data-dir, with its last `/`; one object for all in it
  /// @param time as its digits stand in the name
  /// @param otherName only where the name does not follow from time and thread
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
