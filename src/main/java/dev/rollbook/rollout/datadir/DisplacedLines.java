package dev.rollbook.rollout.datadir;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.TurnId;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.UnfinishedFile;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Lines that a replica could not write before another one took over their thread, for the new
/// owner: one file for each run of lines of one turn.
///
/// The name of a file has the order in which they were left, the thread and the turn. The lines are
/// as they would have been in the rollout; their ordinals may have been given to others since.
public final class DisplacedLines {
  private static final String NO_TURN = "none";
  private static final Pattern NAME =
      Pattern.compile(
          "(?<order>[0-9a-f-]{36})_(?<thread>[0-9a-f-]{36})_(?<turn>[0-9a-f-]+|none).jsonl");

  private final Disk disk;
  private final DataDir dataDir;

  public DisplacedLines(Disk disk, DataDir dataDir) {
    this.disk = disk;
    this.dataDir = dataDir;
  }

  /// A run of lines.
  ///
  /// @param turn null for lines outside of turns
  public record Run(Path file, ThreadId thread, @Nullable TurnId turn) {}

  /// Adds a run, which has all lines from the moment in which it can be found.
  ///
  /// @param turn null for lines outside of turns
  public void add(ThreadId thread, @Nullable TurnId turn, EncodedLines lines) throws IOException {
    // Ids of threads are in the order of time.
    var name =
        "%s_%s_%s.jsonl"
            .formatted(ThreadId.next(), thread, turn == null ? NO_TURN : turn.toString());
    try (var added = new UnfinishedFile(disk, dataDir.unfinishedCopy())) {
      try (var file = disk.create(added.path())) {
        file.appendAll(lines.buffer());
        file.force();
      }
      added.publish(dataDir.displaced().resolve(name));
    }
  }

  /// All runs, in the order in which they were added by each replica.
  public List<Run> find() throws IOException {
    return disk.listIfThere(dataDir.displaced()).stream()
        .flatMap(file -> run(file).stream())
        .toList();
  }

  private static Optional<Run> run(Path file) {
    var parts = NAME.matcher(String.valueOf(file.getFileName()));
    try {
      return parts.matches()
          ? Optional.of(new Run(file, ThreadId.parse(parts.group("thread")), turn(parts)))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static @Nullable TurnId turn(Matcher parts) {
    var turn = parts.group("turn");
    return turn.equals(NO_TURN) ? null : TurnId.parse(turn);
  }

  /// The lines of a run; empty if it was removed.
  public List<RolloutLine> read(Run run) throws IOException {
    try (var file = disk.openForRead(run.file())) {
      var bytes = file.readFully(0, Math.toIntExact(file.size()));
      var lines = new ArrayList<RolloutLine>();
      new EncodedLines(bytes, bytes.length).forEach(lines::add);
      return lines;
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  public void remove(Run run) throws IOException {
    disk.delete(run.file());
  }
}
