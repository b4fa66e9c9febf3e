package dev.rollbook.codex.export;

import dev.rollbook.access.Access;
import dev.rollbook.codex.export.CodexRollout.Changes;
import dev.rollbook.codex.export.ExportHome.Written;
import dev.rollbook.codex.export.SessionMetaFields.HistoryBase;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutReplacedException;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.thread.HistoryReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// Exports threads to Codex, as a stream or into a `CODEX_HOME`. Exports into a `CODEX_HOME` run
/// one at a time, because concurrent exports would see unfinished files of each other.
@Service
public class ExportService {
  private final ExportProperties properties;
  private final Disk disk;
  private final SessionIndex index;
  private final HistoryReader history;
  private final LiveThreads live;
  private final ReentrantLock exporting = new ReentrantLock();

  ExportService(
      ExportProperties properties,
      Disk disk,
      SessionIndex index,
      HistoryReader history,
      LiveThreads live) {
    this.properties = properties;
    this.disk = disk;
    this.index = index;
    this.history = history;
    this.live = live;
  }

  /// Result of an export, serialized without conversion.
  ///
  /// @param path of the thread's rollout in the home
  /// @param outcome `created`, `extended` or `unchanged`
  /// @param files that were written: the rollout, those of its parents, the index of names
  public record Exported(String path, long bytes, String outcome, List<String> files) {}

  /// The rollout in the form that Codex reads.
  public CodexRollout rollout(Access access, ThreadId id) throws IOException {
    return CodexRollout.of(id, history.rollout(access, id));
  }

  /// Writes the rollout, and those of the threads that it forks from, into a `CODEX_HOME`.
  ///
  /// @param modelProvider with which Codex is to continue the thread; null for that of the rollout
  /// @throws RolloutReplacedException if a gap was repaired during the export
  public Exported export(
      Access access, ThreadId id, String codexHome, @Nullable String modelProvider)
      throws RolloutReplacedException {
    exporting.lock();
    try {
      row(access, id);
      var home = ExportHome.open(id, codexHome, properties.codexHomes(), disk);
      return new HomeExport(access, home, modelProvider).export(id);
    } catch (RolloutReplacedException e) {
      throw e;
    } catch (IOException e) {
      throw StorageFaults.unavailable(id, e);
    } finally {
      exporting.unlock();
    }
  }

  private ThreadRow row(Access access, ThreadId id) {
    return live.row(access, id).orElseThrow(() -> new ThreadNotFound(id));
  }

  /// One export. Codex reads the beginning of a fork from its parent's file, so the parents are
  /// exported too.
  private final class HomeExport {
    private final Access access;
    private final ExportHome home;
    private final @Nullable String modelProvider;
    private final Set<ThreadId> begun = new HashSet<>();
    private final List<Path> written = new ArrayList<>();

    HomeExport(Access access, ExportHome home, @Nullable String modelProvider) {
      this.access = access;
      this.home = home;
      this.modelProvider = modelProvider;
    }

    Exported export(ThreadId id) throws IOException {
      var result = write(id);
      var names = home.sessionIndex(id);
      var row = row(access, id);
      if (row.attributes().name() != null
          && index.named(names, id, row.attributes().name(), row.attributes().namedAt())) {
        written.add(names);
      }
      var files = written.stream().map(Path::toString).toList();
      return new Exported(result.path().toString(), result.bytes(), result.outcome(), files);
    }

    /// Writes parents first, so that a fork never exists without them.
    private Written write(ThreadId id) throws IOException {
      begun.add(id);
      var rollout = withParent(rollout(access, id));
      var path = row(access, id).storage().rolloutPath();
      var name = DataDir.isArchived(path) ? DataDir.archived(path) : DataDir.unarchived(path);
      var result = home.write(id, name, rollout::writeTo);
      if (!result.outcome().equals(ExportHome.UNCHANGED)) {
        written.add(result.path());
      }
      return result;
    }

    /// A fork whose parent cannot be exported gets all of its history into its own file.
    private CodexRollout withParent(CodexRollout rollout) throws IOException {
      var base = rollout.base();
      var shift = base.isEmpty() ? Optional.of(0L) : shift(base.get());
      return shift.isPresent()
          ? rollout.with(new Changes(modelProvider, shift.get()))
          : rollout.standalone().with(new Changes(modelProvider, 0));
    }

    /// How many bytes longer the parent's file in the home is, up to the fork point, than the file
    /// from which the fork was made; empty if the parent's file does not have that point.
    private Optional<Long> shift(HistoryBase base) throws IOException {
      if (home.findSegment(base.parent()).isPresent()) {
        return Optional.of(0L);
      }
      if (wasReverted(base.parent())) {
        return Optional.empty();
      }
      var parent = parent(base.parent());
      if (parent.isEmpty()) {
        return Optional.empty();
      }
      if (String.valueOf(parent.get().getFileName()).endsWith(".zst")) {
        return Optional.of(0L);
      }
      long shift = exists(base.parent()) ? firstLineGrowth(base.parent(), parent.get()) : 0;
      var state = disk.stat(parent.get());
      return state == null || state.size() < base.endByteOffset() + shift
          ? Optional.empty()
          : Optional.of(shift);
    }

    /// A parent that the caller does not see is treated as missing.
    private boolean exists(ThreadId id) {
      return live.row(access, id).isPresent();
    }

    private boolean wasReverted(ThreadId id) throws IOException {
      try {
        return exists(id) && rollout(access, id).wasReverted();
      } catch (RolloutUnusable e) {
        return false;
      }
    }

    private long firstLineGrowth(ThreadId id, Path file) throws IOException {
      try (var lines =
          new VerbatimLines(FileInput.open(disk, file, 0), MemoryReservation.UNLIMITED)) {
        var first = lines.next();
        return first == null ? 0 : first.length() - rollout(access, id).firstLineLength();
      } catch (RolloutUnusable e) {
        return 0;
      }
    }

    private Optional<Path> parent(ThreadId id) throws IOException {
      var there = home.find(id);
      if (there.isPresent() || !exists(id) || begun.contains(id)) {
        return there;
      }
      try {
        return Optional.of(write(id).path());
      } catch (RolloutUnusable e) {
        return Optional.empty();
      }
    }
  }
}
