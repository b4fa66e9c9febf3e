package dev.rollbook.imports;

import dev.rollbook.history.ForkBase;
import dev.rollbook.history.SessionMeta;
import dev.rollbook.live.FirstLine;
import dev.rollbook.model.DeletedThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.EncodedLines;
import dev.rollbook.rollout.ForeignRollouts;
import dev.rollbook.rollout.LineEncoder;
import dev.rollbook.rollout.RawLines;
import dev.rollbook.rollout.RolloutCopy;
import dev.rollbook.rollout.RolloutLine;
import dev.rollbook.rollout.RolloutPart;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.source.SourceFile;
import dev.rollbook.source.SourceReader;
import dev.rollbook.source.Sources;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Copies a rollout of others line by line. One that begins at a point of another thread becomes
/// whole: the lines through that point are put before its own.
@Component
class NewThreadCopy {
  private static final int CHUNK = 256 * 1024;

  private final ForeignRollouts foreign;
  private final Rollouts rollouts;
  private final Sources sources;
  private final ThreadRows threads;
  private final DeletedThreads deleted;
  private final FirstLine firstLine;
  private final Clock clock;

  NewThreadCopy(
      ForeignRollouts foreign,
      Rollouts rollouts,
      Sources sources,
      ThreadRows threads,
      DeletedThreads deleted,
      FirstLine firstLine,
      Clock clock) {
    this.foreign = foreign;
    this.rollouts = rollouts;
    this.sources = sources;
    this.threads = threads;
    this.deleted = deleted;
    this.firstLine = firstLine;
    this.clock = clock;
  }

  /// A rollout in the making, to be closed.
  ///
  /// @param remark what a person should know of it
  record Made(RolloutCopy copy, Optional<String> remark) {}

  /// @param around where a parent is looked for that was deleted here
  Made make(
      SourceFile file, RolloutRef ref, SourceReader source, PieceSink sink, Surroundings around)
      throws IOException {
    return make(file, ref, source, sink, around, ThreadImport.MAX_GENERATIONS);
  }

  private Made make(
      SourceFile file,
      RolloutRef ref,
      SourceReader source,
      PieceSink sink,
      Surroundings around,
      int generations)
      throws IOException {
    var first = sink.first(source);
    var base = ForkBase.of(first.line());
    var parent =
        base.isPresent()
            ? parentLines(base.get(), around, generations)
            : Optional.<RolloutPart>empty();
    boolean joined = base.isPresent() && parent.isPresent();
    var lines = new RawLines();
    lines.add(joined ? ForkBase.ownMeta(first.raw()) : first.raw());
    var copy =
        joined
            ? rollouts.copy(
                parent.get(), ref, base.get().joined(ref.thread(), first.line()), clock.instant())
            : plain(ref, first.line(), file.thread());
    try {
      copyRest(source, sink, lines, copy);
    } catch (IOException | RuntimeException failed) {
      try (copy) {
        throw failed;
      }
    }
    return new Made(copy, joined ? Optional.empty() : base.map(NewThreadCopy::parentIsMissing));
  }

  /// The parent's lines through the point of the fork; empty where they are nowhere.
  private Optional<RolloutPart> parentLines(ForkBase base, Surroundings around, int generations)
      throws IOException {
    if (deleted.contains(base.parent())) {
      var file = generations > 0 ? around.fileOf(base.parent()) : Optional.<SourceFile>empty();
      return file.isEmpty()
          ? Optional.empty()
          : Optional.of(linesOf(file.get(), base.through(), around, generations - 1));
    }
    var parent = threads.findById(base.parent().value());
    return parent.isEmpty()
        ? Optional.empty()
        : Optional.of(
            rollouts.part(
                rollouts.ref(base.parent(), parent.get().rolloutPath()),
                parent.get().orderedBytes(),
                base.through()));
  }

  /// Lines of a parent that was deleted here: its thread is not made again, a copy that nobody sees
  /// is enough. The file of the copy is open, and so can be removed at once.
  private RolloutPart linesOf(SourceFile parent, long through, Surroundings around, int generations)
      throws IOException {
    var ref = foreign.ref(parent.thread(), parent.name(), parent.archived());
    try (var source = sources.read(parent);
        var copy = make(parent, ref, source, new PieceSink(null), around, generations).copy()) {
      return copy.part(through);
    }
  }

  private static void copyRest(
      SourceReader source, PieceSink sink, RawLines lines, RolloutCopy copy) throws IOException {
    sink.all(
        source,
        line -> {
          lines.add(line.raw());
          if (lines.size() >= CHUNK) {
            copy.append(lines.take());
          }
        });
    copy.append(lines.take());
  }

  private RolloutCopy plain(RolloutRef ref, RolloutLine first, ThreadId thread) throws IOException {
    var copy = foreign.begin(ref);
    try {
      if (!first.isMetaOf(thread)) {
        copy.append(substitute(thread, first));
      }
      return copy;
    } catch (IOException | RuntimeException failed) {
      try (copy) {
        throw failed;
      }
    }
  }

  /// The first line was lost: without one nobody can open the rollout.
  private EncodedLines substitute(ThreadId thread, RolloutLine first) {
    var meta = firstLine.of(SessionMeta.unknown(thread, first.timestamp(), clock.instant()));
    return LineEncoder.encode(List.of(meta), RolloutLine.NO_ORDINAL, first.timestamp());
  }

  static String parentIsMissing(ForkBase base) {
    return "goes on from thread %s, which is not here: kept from ordinal %d on; import that one, then this one again"
        .formatted(base.parent(), base.through() + 1);
  }
}
