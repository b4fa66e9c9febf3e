package dev.rollbook.imports;

import dev.rollbook.live.FirstLine;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.Timestamps;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.MetaCopy;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.rollout.RolloutCopy;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.source.SourceFile;
import dev.rollbook.source.SourceReader;
import dev.rollbook.source.Sources;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/// Copies a rollout of others line by line. One that begins at a point of another thread becomes
/// whole: the lines through that point are put before its own.
@Component
class NewThreadCopy {
  private static final int CHUNK = 256 * 1024;

  private final Rollouts rollouts;
  private final Sources sources;
  private final Segments segments;
  private final FirstLine firstLine;
  private final Clock clock;

  NewThreadCopy(
      Rollouts rollouts, Sources sources, Segments segments, FirstLine firstLine, Clock clock) {
    this.rollouts = rollouts;
    this.sources = sources;
    this.segments = segments;
    this.firstLine = firstLine;
    this.clock = clock;
  }

  /// A rollout in the making, to be closed.
  ///
  /// @param through the last ordinal of the lines that it has from a parent; -1 for none
  /// @param nextOrdinal behind its last line
  /// @param remark what a person should know of it
  record Made(RolloutCopy copy, long through, long nextOrdinal, Optional<String> remark) {}

  /// @param around where a parent is looked for that is not here
  Made make(
      SourceFile file, RolloutRef ref, SourceReader source, PieceSink sink, Surroundings around)
      throws IOException {
    return make(file, ref, source, sink, around, Optional.empty());
  }

  /// @param change of the first line
  Made make(
      SourceFile file,
      RolloutRef ref,
      SourceReader source,
      PieceSink sink,
      Surroundings around,
      Optional<Consumer<MetaCopy>> change)
      throws IOException {
    return make(file, ref, source, sink, around, change, ThreadImport.MAX_GENERATIONS);
  }

  private Made make(
      SourceFile file,
      RolloutRef ref,
      SourceReader source,
      PieceSink sink,
      Surroundings around,
      Optional<Consumer<MetaCopy>> change,
      int generations)
      throws IOException {
    var first = sink.first(source);
    var base = ForkBase.of(first.line());
    var parent =
        base.isPresent()
            ? parentLines(file, first.line(), base.get(), around, generations)
            : Optional.<RolloutCopy.Slice>empty();
    boolean joined = base.isPresent() && parent.isPresent();
    boolean isMeta = joined || first.line().isMetaOf(file.thread());
    boolean asItIs = !joined && !file.isReverted() && change.isEmpty();
    var lines = new EncodedLines.Builder();
    if (joined) {
      lines.add(ForkBase.ownMeta(first.raw()));
    } else if (asItIs || !isMeta) {
      lines.add(first.raw());
    }
    RolloutCopy copy;
    if (asItIs && isMeta) {
      copy = rollouts.beginImport(ref);
    } else {
      var meta = isMeta ? MetaCopy.of(first.line()) : substitute(file, first.line());
      if (file.isReverted()) {
        meta.endingWith(file.segment());
      }
      if (joined) {
        meta.joined(ref.thread(), base.get());
      }
      change.ifPresent(by -> by.accept(meta));
      copy =
          joined
              ? rollouts.copy(parent.get(), ref, meta.item(), clock.instant())
              : begin(ref, meta.item(), isMeta ? ordinal(first.line()) : RolloutLine.NO_ORDINAL);
    }
    try {
      long last = copyRest(source, sink, first.line(), lines, copy);
      var remark = joined ? Optional.<String>empty() : base.map(NewThreadCopy::parentIsMissing);
      long through = joined ? base.get().through() : RolloutLine.NO_ORDINAL;
      return new Made(copy, through, last + 1, remark);
    } catch (IOException | RuntimeException failed) {
      try (copy) {
        throw failed;
      }
    }
  }

  /// The parent's lines through the point of the fork; empty where they are nowhere.
  ///
  /// An earlier segment of the same thread is read from its file: where the thread was gone on with
  /// here, its ordinals are others than those that Codex means.
  private Optional<RolloutCopy.Slice> parentLines(
      SourceFile file, RolloutLine first, ForkBase base, Surroundings around, int generations)
      throws IOException {
    var there = generations > 0 ? around.fileOf(base.parent()) : Optional.<SourceFile>empty();
    if (there.isPresent() && file.isReverted()) {
      return Optional.of(linesOf(there.get(), base.through(), around, generations - 1));
    }
    var parent = segments.parent(first, base);
    if (parent.isPresent()) {
      return Optional.of(
          rollouts.part(segments.ref(parent.get()), parent.get().orderedBytes(), base.through()));
    }
    return there.isPresent()
        ? Optional.of(linesOf(there.get(), base.through(), around, generations - 1))
        : Optional.empty();
  }

  /// Lines of a parent that has no thread here: none is made, a copy that nobody sees is enough.
  /// The file of the copy is open, and so can be removed at once.
  private RolloutCopy.Slice linesOf(
      SourceFile parent, long through, Surroundings around, int generations) throws IOException {
    var ref = rollouts.importRef(parent.thread(), parent.name(), parent.archived());
    var nowhere = new PieceSink(null);
    try (var source = sources.read(parent);
        var copy =
            make(parent, ref, source, nowhere, around, Optional.empty(), generations).copy()) {
      return copy.part(through);
    }
  }

  /// @return the last ordinal
  private static long copyRest(
      SourceReader source,
      PieceSink sink,
      RolloutLine first,
      EncodedLines.Builder lines,
      RolloutCopy copy)
      throws IOException {
    var last = new AtomicLong(first.ordinal());
    sink.all(
        source,
        line -> {
          lines.add(line.raw());
          last.set(line.line().ordinal());
          if (lines.size() >= CHUNK) {
            copy.append(lines.take());
          }
        });
    copy.append(lines.take());
    return last.get();
  }

  private static long ordinal(RolloutLine line) {
    return line.numbered() ? line.ordinal() : RolloutLine.NO_ORDINAL;
  }

  private RolloutCopy begin(RolloutRef ref, RolloutItem meta, long ordinal) throws IOException {
    var copy = rollouts.beginImport(ref);
    try {
      var now = Timestamps.format(clock.instant());
      copy.append(EncodedLines.encode(List.of(meta), ordinal, now));
      return copy;
    } catch (IOException | RuntimeException failed) {
      try (copy) {
        throw failed;
      }
    }
  }

  /// The first line was lost: without one nobody can open the rollout.
  private MetaCopy substitute(SourceFile file, RolloutLine first) {
    var meta = SessionMeta.unknown(file.thread(), first.timestamp(), clock.instant());
    return MetaCopy.of(firstLine.of(meta), first.timestamp());
  }

  static String parentIsMissing(ForkBase base) {
    return "goes on from thread %s, which is not here: kept from ordinal %d on; import that one, then this one again"
        .formatted(base.parent(), base.through() + 1);
  }
}
