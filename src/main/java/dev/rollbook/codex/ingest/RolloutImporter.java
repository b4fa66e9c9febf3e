package dev.rollbook.codex.ingest;

import dev.rollbook.codex.ingest.ImportResult.Outcome;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceOpener;
import dev.rollbook.codex.source.SourcePiece;
import dev.rollbook.codex.source.SourcePosition;
import dev.rollbook.codex.source.SourceReader;
import dev.rollbook.event.Event.ThreadStarted;
import dev.rollbook.event.EventBus;
import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.lock.ThreadLocks;
import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.SessionMetaEditor;
import dev.rollbook.rollout.RolloutReader;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.thread.ThreadCreator;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Imports one rollout into its thread. Afterwards the thread has every readable line of the
/// rollout exactly once, even if the rollout is imported several times.
@Component
public class RolloutImporter {
  /// Limit for forks of forks, in case they refer to each other in a circle.
  static final int MAX_GENERATIONS = 100;

  private final SourceOpener sources;
  private final RolloutCopier copies;
  private final ThreadCreator creator;
  private final Rollouts rollouts;
  private final LiveThreads live;
  private final ImportedThreads threads;
  private final RevertImporter reverts;
  private final ThreadLocks locks = new ThreadLocks();
  private final ForkParentBackfill backfill;
  private final SourceStateSync states;
  private final EventBus events;
  private final MemoryBudget memory;
  private final Clock clock;

  RolloutImporter(
      SourceOpener sources,
      RolloutCopier copies,
      ThreadCreator creator,
      Rollouts rollouts,
      LiveThreads live,
      ImportedThreads threads,
      RevertImporter reverts,
      ForkParentBackfill backfill,
      SourceStateSync states,
      EventBus events,
      MemoryBudget memory,
      Clock clock) {
    this.memory = memory;
    this.sources = sources;
    this.copies = copies;
    this.creator = creator;
    this.rollouts = rollouts;
    this.live = live;
    this.threads = threads;
    this.reverts = reverts;
    this.backfill = backfill;
    this.states = states;
    this.events = events;
    this.clock = clock;
  }

  /// Imports a file completely.
  ///
  /// @param growing whether the file is being written: an incomplete last line is skipped
  /// @throws ThreadNotFound if the thread was deleted in Rollbook
  /// @throws dev.rollbook.model.RollbookException.ThreadIdTaken if a thread has or had the id that
  ///   the import does not see
  /// @throws ImportFailedException if the file cannot be imported
  /// @throws dev.rollbook.model.RollbookException.PersistenceUnavailable if the thread cannot be
  ///   written now
  public ImportResult take(SourceFile file, ImportContext context, boolean growing)
      throws IOException {
    return take(identified(file), context, growing, MAX_GENERATIONS);
  }

  private ImportResult take(
      SourceFile file, ImportContext context, boolean growing, int generations) throws IOException {
    if (file.isReverted()) {
      for (var earlier : earlier(file, context)) {
        takeAlone(earlier, context, growing, generations);
      }
    }
    return takeAlone(file, context, growing, generations);
  }

  /// Earlier files of the thread that must be imported first: those from its last segment on.
  private List<SourceFile> earlier(SourceFile file, ImportContext context) throws IOException {
    var row = threads.row(context.access(), file.thread());
    var last = row.isPresent() ? threads.lastSegment(row.get()) : file.thread();
    var earlier = new ArrayList<SourceFile>();
    for (var each : context.segmentsOf(file.thread())) {
      var other = identified(each);
      boolean isNeeded = other.segment().equals(last) || other.isLaterThan(last);
      if (isNeeded && file.isLaterThan(other.segment())) {
        earlier.add(other);
      }
    }
    earlier.sort(SourceFile.OLDEST_FIRST);
    return earlier;
  }

  /// An export of a reverted thread has the whole thread in one file; its first line names the last
  /// segment.
  private SourceFile identified(SourceFile file) throws IOException {
    if (file.isReverted()) {
      return file;
    }
    try (var source = sources.read(file)) {
      return source.next() instanceof SourcePiece.Line first
          ? SessionMetaEditor.segment(first.line()).map(file::as).orElse(file)
          : file;
    }
  }

  private ImportResult takeAlone(
      SourceFile file, ImportContext context, boolean growing, int generations) throws IOException {
    requireVisible(file, context);
    if (generations > 0 && threads.row(context.access(), file.thread()).isEmpty()) {
      var parent =
          missingParent(file, context)
              .filter(other -> !threads.isDeleted(other.thread()))
              .filter(other -> !threads.isTakenByOthers(context.access(), other.thread()));
      if (parent.isPresent()) {
        take(identified(parent.get()), context, growing, generations - 1);
      }
    }
    var imported = locks.holding(file.thread(), () -> createOrExtend(file, context, growing));
    name(file, context);
    return imported;
  }

  /// @throws dev.rollbook.model.RollbookException.ThreadIdTaken if a thread has or had the id that
  ///   the import does not see
  public void requireVisible(SourceFile file, ImportContext context) {
    threads.requireVisible(context.access(), file.thread());
  }

  /// Saves the rows of a thread that was just extended.
  ///
  /// @return false if the state-db is unavailable
  boolean saveRows(ThreadId thread) {
    return live.find(thread).map(live::save).orElse(true);
  }

  /// Gives the thread the name that it has in its Codex home, if that name is newer.
  void name(SourceFile file, ImportContext context) {
    context
        .nameOf(file.thread())
        .ifPresent(name -> states.syncName(context.access(), file.thread(), name));
  }

  /// The file of the parent of a fork, if it must be imported first.
  private Optional<SourceFile> missingParent(SourceFile file, ImportContext context)
      throws IOException {
    try (var source = sources.read(file)) {
      if (!(source.next() instanceof SourcePiece.Line first)) {
        return Optional.empty();
      }
      var base = ForkBase.of(first.line());
      return base.isEmpty()
              || threads.parent(context.access(), first.line(), base.get()).isPresent()
          ? Optional.empty()
          : context.fileOf(base.get().parent());
    }
  }

  /// Imports what was appended to a file since it was imported up to a position. If the thread has
  /// grown since, the new items may be from this file, and the whole file is compared.
  ///
  /// @param nextOrdinal of the thread after the last import of this file
  public ImportResult takeOn(
      SourceFile file, ImportContext context, SourcePosition from, long nextOrdinal)
      throws IOException {
    return locks.holding(
        file.thread(),
        () -> {
          var row =
              live.row(context.access(), file.thread()).orElseThrow(() -> gone(file.thread()));
          var last = threads.lastSegment(row);
          var same = file.segment().equals(last) ? file : identified(file);
          if (!same.segment().equals(last) || nextOrdinal(file.thread()) != nextOrdinal) {
            return goOn(same, row, context, true);
          }
          try (var source = sources.readOn(file, from);
              var quarantine = rollouts.quarantine(threads.ref(row))) {
            return append(context, file.thread(), new SourceLines(source, quarantine), null);
          }
        });
  }

  private ImportResult createOrExtend(SourceFile file, ImportContext context, boolean growing)
      throws IOException {
    if (rollouts.contains(file.path())) {
      throw new ImportFailedException(
          "is in the data-dir itself: its thread is already in Rollbook");
    }
    var row = threads.row(context.access(), file);
    return row.isPresent()
        ? goOn(file, row.get(), context, growing)
        : create(file, context, growing);
  }

  private ImportResult goOn(SourceFile file, ThreadRow row, ImportContext context, boolean growing)
      throws IOException {
    var last = threads.lastSegment(row);
    if (file.segment().equals(last)) {
      return extend(file, row, context, growing);
    }
    return file.isLaterThan(last)
        ? revert(file, row, context, growing)
        : keep(file, row, context, growing);
  }

  private ImportResult revert(
      SourceFile file, ThreadRow row, ImportContext context, boolean growing) throws IOException {
    try (var source = open(file, growing);
        var quarantine = rollouts.quarantine(threads.ref(row))) {
      var lines = new SourceLines(source, quarantine);
      var remark = reverts.follow(file, lines, context);
      return created(file.thread(), lines, remark);
    }
  }

  /// Imports a segment from before a later revert, into a thread of its own.
  private ImportResult keep(SourceFile file, ThreadRow row, ImportContext context, boolean growing)
      throws IOException {
    var kept = threads.kept(context.access(), file.thread(), file.segment());
    if (kept.isPresent()) {
      return extend(file, kept.get(), context, growing);
    }
    try (var source = open(file, growing)) {
      var lines = new SourceLines(source, null);
      if (!reverts.keep(file, row, lines, context)) {
        return new ImportResult(
            Outcome.UNCHANGED, 0, 0, source.place(), nextOrdinal(file.thread()), null);
      }
      return created(file.thread(), lines, backfill.complete(context.access(), row));
    }
  }

  private ImportResult create(SourceFile file, ImportContext context, boolean growing)
      throws IOException {
    var ref = rollouts.importRef(file.thread(), file.name(), file.archived());
    try (var source = open(file, growing);
        var quarantine = rollouts.newQuarantine(ref)) {
      var lines = new SourceLines(source, quarantine);
      var made = copies.make(file, ref, lines, context, null);
      try (var copy = made.copy()) {
        live.createUnloaded(
            file.thread(),
            () -> {
              if (threads.isDeleted(file.thread())) {
                throw new ThreadNotFound(file.thread());
              }
              creator.create(copy, List.of());
            });
      }
      backfill.rebuildChildren(file.thread());
      events.publish(context.access().owner(), new ThreadStarted(file.thread()), clock.instant());
      return created(file.thread(), lines, made.remark());
    }
  }

  private ImportResult created(ThreadId thread, SourceLines source, Optional<String> remark) {
    return new ImportResult(
        Outcome.CREATED,
        source.count(),
        source.quarantined(),
        source.place(),
        nextOrdinal(thread),
        remark.orElse(null));
  }

  private ImportResult extend(
      SourceFile file, ThreadRow row, ImportContext context, boolean growing) throws IOException {
    var remark = backfill.complete(context.access(), row);
    var ref = threads.ref(row);
    try (var source = open(file, growing);
        var rollout = rollouts.read(ref);
        var quarantine = rollouts.newQuarantine(ref)) {
      var lines = new SourceLines(source, quarantine);
      var thread = new ThreadId(row.id());
      if (file.isReverted() || !file.thread().equals(thread)) {
        // Skips the first line, which differs from that of the copy.
        lines.first();
      }
      return append(context, thread, lines, rollout).with(remark.orElse(null));
    }
  }

  private ImportResult append(
      ImportContext context, ThreadId thread, SourceLines source, @Nullable RolloutReader existing)
      throws IOException {
    long items =
        new LineAppender(context.access(), thread, live, memory.reserve(), existing).append(source);
    return new ImportResult(
        items == 0 ? Outcome.UNCHANGED : Outcome.EXTENDED,
        items,
        source.quarantined(),
        source.place(),
        nextOrdinal(thread),
        null);
  }

  private long nextOrdinal(ThreadId thread) {
    return live.seen(thread)
        .map(LiveSnapshot::progress)
        .map(progress -> progress.counters().nextOrdinal())
        .or(() -> live.row(thread).map(row -> row.counters().nextOrdinal()))
        .orElse(RolloutLine.NO_ORDINAL);
  }

  private SourceReader open(SourceFile file, boolean growing) throws IOException {
    return growing && !file.isCompressed()
        ? sources.readOn(file, SourcePosition.START)
        : sources.read(file);
  }

  private static ImportFailedException gone(ThreadId thread) {
    return new ImportFailedException("thread %s was deleted during the import".formatted(thread));
  }
}
