package dev.rollbook.codex;

import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.OtherHomes;
import dev.rollbook.rollout.RolloutReplacedException;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.thread.History;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// Gives threads to Codex. One export at a time: two would see each other's unfinished files.
@Service
public class Exports {
  private final CodexHomes homes;
  private final OtherHomes files;
  private final SessionIndex index;
  private final History history;
  private final LiveThreads live;
  private final ReentrantLock oneAtATime = new ReentrantLock();

  Exports(
      CodexHomes homes, OtherHomes files, SessionIndex index, History history, LiveThreads live) {
    this.homes = homes;
    this.files = files;
    this.index = index;
    this.history = history;
    this.live = live;
  }

  /// The rollout in the form of Codex.
  public CodexRollout rollout(ThreadId id) throws IOException {
    return CodexRollout.of(id, history.rollout(id));
  }

  /// Writes the rollout into a home of Codex.
  ///
  /// @param modelProvider that Codex shall go on with; null for the one that the thread has
  /// @throws RolloutReplacedException if a gap was repaired meanwhile
  public Exported export(ThreadId id, String codexHome, @Nullable String modelProvider)
      throws RolloutReplacedException {
    oneAtATime.lock();
    try {
      row(id);
      return exported(id, new Lineage(this, files, homes.require(id, codexHome), modelProvider));
    } catch (RolloutReplacedException replaced) {
      throw replaced;
    } catch (IOException failed) {
      throw StorageFaults.unavailable(id, failed);
    } finally {
      oneAtATime.unlock();
    }
  }

  private Exported exported(ThreadId id, Lineage lineage) throws IOException {
    var written = lineage.write(id);
    var names = lineage.home().sessionIndex(id);
    var row = row(id);
    if (row.name() != null && index.named(names, id, row.name(), row.namedAt())) {
      lineage.wrote(names);
    }
    return Exported.of(written.path(), written.bytes(), written.outcome(), lineage.written());
  }

  ThreadRow row(ThreadId id) {
    return live.row(id).orElseThrow(() -> new ThreadNotFound(id));
  }

  boolean knows(ThreadId id) {
    return live.row(id).isPresent();
  }
}
