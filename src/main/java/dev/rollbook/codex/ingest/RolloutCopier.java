package dev.rollbook.codex.ingest;

import dev.rollbook.access.Owner;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceOpener;
import dev.rollbook.live.SessionMetaFactory;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.Timestamps;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.projection.SessionMetaEditor;
import dev.rollbook.rollout.RolloutCopyWriter;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Copies a rollout of Codex line by line into the rollout of a new thread. If the new thread is a
/// fork, the lines of its parent are copied first.
@Component
record RolloutCopier(
    Rollouts rollouts,
    SourceOpener sources,
    ImportedThreads threads,
    SessionMetaFactory firstLine,
    Clock clock) {
  private static final int CHUNK = 256 * 1024;

  /// An unpublished copy. Caller must close it.
  ///
  /// @param through last ordinal of the lines from a parent; -1 for none
  /// @param nextOrdinal after its last line
  /// @param remark note about the copy for people
  record Made(RolloutCopyWriter copy, long through, long nextOrdinal, Optional<String> remark) {}

  /// @param context in which a parent is found that is not a thread of Rollbook
  /// @param change of the first line; null for none
  Made make(
      SourceFile file,
      RolloutRef ref,
      SourceLines source,
      ImportContext context,
      @Nullable Consumer<SessionMetaEditor> change)
      throws IOException {
    return make(file, ref, source, context, change, RolloutImporter.MAX_GENERATIONS);
  }

  private Made make(
      SourceFile file,
      RolloutRef ref,
      SourceLines source,
      ImportContext context,
      @Nullable Consumer<SessionMetaEditor> change,
      int generations)
      throws IOException {
    var first = source.first();
    var base = ForkBase.of(first.line());
    var parent =
        base.isPresent()
            ? parentLines(file, first.line(), base.get(), context, generations)
            : Optional.<RolloutCopyWriter.Slice>empty();
    boolean joined = base.isPresent() && parent.isPresent();
    boolean isMeta = joined || first.line().isMetaOf(file.thread());
    var owner = context.access().owner();
    boolean asItIs =
        !joined && !file.isReverted() && change == null && isOwnedBy(owner, first.line());
    var lines = new EncodedLines.Builder();
    if (joined) {
      lines.add(ForkBase.ownMeta(first.raw()));
    } else if (asItIs || !isMeta) {
      lines.add(first.raw());
    }
    RolloutCopyWriter copy;
    if (asItIs && isMeta) {
      copy = rollouts.beginImport(ref);
    } else {
      var meta = isMeta ? SessionMetaEditor.of(first.line()) : substitute(file, first.line());
      if (file.isReverted()) {
        meta.endingWith(file.segment());
      }
      if (joined) {
        meta.joined(ref.thread(), base.get());
      }
      meta.ownedBy(owner);
      if (change != null) {
        change.accept(meta);
      }
      copy =
          joined
              ? rollouts.copy(parent.get(), ref, meta.item(), clock.instant())
              : begin(ref, meta.item(), isMeta ? ordinal(first.line()) : RolloutLine.NO_ORDINAL);
    }
    var remark = joined ? Optional.<String>empty() : base.map(RolloutCopier::parentIsMissing);
    long through = joined ? base.get().through() : RolloutLine.NO_ORDINAL;
    return IoRecovery.closeOnFailure(
        copy,
        () -> {
          long last = copyRest(source, first.line(), lines, copy);
          return new Made(copy, through, last + 1, remark);
        });
  }

  private static boolean isOwnedBy(Owner owner, RolloutLine first) {
    return SessionMeta.ofThread(first, Instant.EPOCH)
        .map(SessionMeta::owner)
        .orElse(Owner.NONE)
        .equals(owner);
  }

  /// The lines of the parent up to the point of the fork; empty if the parent is not found.
  ///
  /// An earlier segment of the same thread is read from its file: if the thread was continued here,
  /// its ordinals differ from those that Codex refers to.
  private Optional<RolloutCopyWriter.Slice> parentLines(
      SourceFile file, RolloutLine first, ForkBase base, ImportContext context, int generations)
      throws IOException {
    var there =
        generations > 0
            ? context
                .fileOf(base.parent())
                .filter(parent -> !threads.isTakenByOthers(context.access(), parent.thread()))
            : Optional.<SourceFile>empty();
    if (there.isPresent() && file.isReverted()) {
      return Optional.of(linesOf(there.get(), base.through(), context, generations - 1));
    }
    var parent = threads.parent(context.access(), first, base);
    if (parent.isPresent()) {
      return Optional.of(
          rollouts.part(
              threads.ref(parent.get()), parent.get().storage().orderedBytes(), base.through()));
    }
    return there.isPresent()
        ? Optional.of(linesOf(there.get(), base.through(), context, generations - 1))
        : Optional.empty();
  }

  /// Lines of a parent that is not a thread of Rollbook, from an unpublished copy. The file of the
  /// copy stays open, so that it can be deleted at once.
  private RolloutCopyWriter.Slice linesOf(
      SourceFile parent, long through, ImportContext context, int generations) throws IOException {
    var ref = rollouts.importRef(parent.thread(), parent.name(), parent.archived());
    try (var source = sources.read(parent);
        var copy =
            make(parent, ref, new SourceLines(source, null), context, null, generations).copy()) {
      return copy.part(through);
    }
  }

  /// @return the last ordinal
  private static long copyRest(
      SourceLines source, RolloutLine first, EncodedLines.Builder lines, RolloutCopyWriter copy)
      throws IOException {
    long last = first.ordinal();
    for (var line = source.next(); line != null; line = source.next()) {
      lines.add(line.raw());
      last = line.line().ordinal();
      if (lines.size() >= CHUNK) {
        copy.append(lines.take());
      }
    }
    copy.append(lines.take());
    return last;
  }

  private static long ordinal(RolloutLine line) {
    return line.numbered() ? line.ordinal() : RolloutLine.NO_ORDINAL;
  }

  private RolloutCopyWriter begin(RolloutRef ref, RolloutItem meta, long ordinal)
      throws IOException {
    var copy = rollouts.beginImport(ref);
    return IoRecovery.closeOnFailure(
        copy,
        () -> {
          var now = Timestamps.format(clock.instant());
          copy.append(EncodedLines.encode(List.of(meta), ordinal, now));
          return copy;
        });
  }

  /// Replaces a lost first line, as a rollout cannot be opened without one.
  private SessionMetaEditor substitute(SourceFile file, RolloutLine first) {
    var meta = SessionMeta.unknown(file.thread(), first.timestamp(), clock.instant());
    return SessionMetaEditor.of(firstLine.of(meta), first.timestamp());
  }

  static String parentIsMissing(ForkBase base) {
    return ("continues thread %s, which is not in Rollbook: only the items from ordinal %d on were"
            + " imported; import that thread, and then this file again")
        .formatted(base.parent(), base.through() + 1);
  }
}
