package dev.rollbook.codex;

import dev.rollbook.codex.CodexHome.Written;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.OtherHomes;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.line.MemoryReservation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes a thread and all those that its history begins in: Codex reads a fork out of its parents'
/// files.
final class Lineage {
  private final Exports exports;
  private final OtherHomes files;
  private final CodexHome home;
  private final @Nullable String modelProvider;
  private final Set<ThreadId> begun = new HashSet<>();
  private final List<Path> written = new ArrayList<>();

  Lineage(Exports exports, OtherHomes files, CodexHome home, @Nullable String modelProvider) {
    this.exports = exports;
    this.files = files;
    this.home = home;
    this.modelProvider = modelProvider;
  }

  CodexHome home() {
    return home;
  }

  List<Path> written() {
    return written;
  }

  void wrote(Path file) {
    written.add(file);
  }

  /// Parents first, so that no fork is there without them.
  Written write(ThreadId id) throws IOException {
    begun.add(id);
    var rollout = form(exports.rollout(id));
    var path = exports.row(id).rolloutPath();
    var name = DataDir.isArchived(path) ? DataDir.archived(path) : DataDir.unarchived(path);
    var result = home.write(id, name, rollout::writeTo);
    if (!result.outcome().equals(CodexHome.UNCHANGED)) {
      wrote(result.path());
    }
    return result;
  }

  /// Where the parent cannot be had, a fork gets all of its history into its own file.
  private CodexRollout form(CodexRollout rollout) throws IOException {
    var base = rollout.base();
    if (base.isEmpty()) {
      return rollout.with(new Changes(modelProvider, 0));
    }
    var shift = shift(base.get());
    return shift.isPresent()
        ? rollout.with(new Changes(modelProvider, shift.get()))
        : rollout.whole().with(new Changes(modelProvider, 0));
  }

  /// How much later than it was written for the fork begins in its parent's file; empty if that
  /// place is not there.
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
    long shift = exports.knows(base.parent()) ? longer(base.parent(), parent.get()) : 0;
    return files.size(parent.get()) < base.endByteOffset() + shift
        ? Optional.empty()
        : Optional.of(shift);
  }

  private boolean wasReverted(ThreadId id) throws IOException {
    try {
      return exports.knows(id) && exports.rollout(id).wasReverted();
    } catch (RolloutUnusable unreadable) {
      return false;
    }
  }

  private long longer(ThreadId id, Path file) throws IOException {
    try (var lines = new FileLines(files.open(file), MemoryReservation.UNLIMITED)) {
      var first = lines.next();
      return first == null ? 0 : first.length() - exports.rollout(id).firstLineLength();
    } catch (RolloutUnusable unreadable) {
      return 0;
    }
  }

  private Optional<Path> parent(ThreadId id) throws IOException {
    var there = home.find(id);
    if (there.isPresent() || !exports.knows(id) || begun.contains(id)) {
      return there;
    }
    try {
      return Optional.of(write(id).path());
    } catch (RolloutUnusable unreadable) {
      return Optional.empty();
    }
  }
}
