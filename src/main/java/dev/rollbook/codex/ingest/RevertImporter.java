package dev.rollbook.codex.ingest;

import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.codex.source.SourceOpener;
import dev.rollbook.event.Event.ThreadStarted;
import dev.rollbook.event.EventBus;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadNotes;
import dev.rollbook.projection.ForkBase;
import dev.rollbook.projection.SessionMetaEditor;
import dev.rollbook.projection.ThreadChangeItems;
import dev.rollbook.projection.TurnMarker;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.RolloutCopyWriter;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.thread.ThreadCreator;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Imports a `thread/revert`, by which a thread in Codex goes back to an earlier point. The thread
/// gets the history that Codex shows after the revert. A new fork of the thread keeps the earlier
/// history.
///
/// The fork is created before the thread is changed. If a crash happens between these two steps,
/// the next import finds the fork and changes the thread.
@Component
record RevertImporter(
    RolloutCopier copies,
    SourceOpener sources,
    LiveThreads live,
    Rollouts rollouts,
    ThreadCreator creator,
    ThreadRepository rows,
    ImportedThreads threads,
    RowRebuilder rebuild,
    EventBus events,
    Clock clock) {
  /// Replaces the history of a reverted thread.
  ///
  /// @param file in which Codex continues the thread
  /// @return note for people about the import
  /// @throws ImportFailedException if the thread was continued in Rollbook; it is not changed then
  Optional<String> follow(SourceFile file, SourceLines source, ImportContext context)
      throws IOException {
    return live.replacing(context.access(), file.thread(), () -> replace(file, source, context));
  }

  private Optional<String> replace(SourceFile file, SourceLines source, ImportContext context)
      throws IOException {
    var row = rows.findById(file.thread().value()).orElseThrow();
    var before = threads.firstLine(row);
    if (before == null) {
      throw new ImportFailedException("the rollout of thread %s is empty".formatted(row.id()));
    }
    var segment = SessionMetaEditor.segment(before).orElse(file.thread());
    var notes = notes(row, context.fileOf(segment));
    var made =
        copies.make(
            file,
            threads.ref(row),
            source,
            context,
            meta -> meta.createdAsIn(before).ownedBy(row.provenance().owner()));
    try (var copy = made.copy()) {
      copy.append(renumbered(notes, made.nextOrdinal()));
      keep(row, before, segment, file, made.through(), context);
      rebuild.willReplace(row);
      copy.replace();
      try {
        rebuild.bringUp(rows.findById(row.id()).orElseThrow());
      } finally {
        events.reverted(row.provenance().owner(), file.thread(), made.through(), clock.instant());
      }
    } catch (IOException e) {
      throw StorageFaults.unavailable(file.thread(), e);
    }
    return made.remark();
  }

  /// Copies the previous history to a thread of its own, unless that thread exists or was deleted.
  private void keep(
      ThreadRow row,
      RolloutLine before,
      ThreadId segment,
      SourceFile by,
      long through,
      ImportContext context)
      throws IOException {
    var id = threads.idOfKept(context.access(), by.thread(), segment, by.segment());
    if (threads.kept(context.access(), by.thread(), segment).isPresent() || threads.isDeleted(id)) {
      return;
    }
    var meta = SessionMetaEditor.of(before).keptOf(by.thread(), id, segment, through);
    try (var part = rollouts.part(threads.ref(row), row.storage().orderedBytes(), Long.MAX_VALUE);
        var copy =
            rollouts.copy(
                part,
                ref(id, by, row.attributes().archivedAt() != null),
                meta.item(),
                clock.instant())) {
      lay(row, copy, id);
    }
  }

  /// Imports a segment from before a revert into a thread of its own, if the thread was first
  /// imported after that revert.
  ///
  /// @param row of the thread, which ends with a later segment
  /// @return false if the segment's thread was deleted in Rollbook
  boolean keep(SourceFile file, ThreadRow row, SourceLines source, ImportContext context)
      throws IOException {
    var id =
        threads.idOfKept(context.access(), file.thread(), file.segment(), threads.lastSegment(row));
    if (threads.isDeleted(id)) {
      return false;
    }
    var now = threads.firstLine(row);
    long through =
        Optional.ofNullable(now)
            .flatMap(ForkBase::of)
            .filter(base -> base.parent().equals(file.segment()))
            .map(ForkBase::through)
            .orElse(RolloutLine.NO_ORDINAL);
    var made =
        copies.make(
            file,
            ref(id, file, file.archived()),
            source,
            context,
            meta ->
                meta.keptOf(file.thread(), id, file.segment(), through)
                    .ownedBy(row.provenance().owner()));
    try (var copy = made.copy()) {
      lay(row, copy, id);
    }
    return true;
  }

  private void lay(ThreadRow row, RolloutCopyWriter copy, ThreadId id) {
    live.createUnloaded(id, () -> creator.create(copy, List.of()));
    events.publish(row.provenance().owner(), new ThreadStarted(id), clock.instant());
  }

  private RolloutRef ref(ThreadId kept, SourceFile by, boolean archived) {
    return rollouts.importRef(
        kept, by.name().replace(by.thread().toString(), kept.toString()), archived);
  }

  /// The lines that set name, metadata and pin of the thread in Rollbook.
  ///
  /// @param file of the thread's last segment; if it is missing, only a turn that Rollbook ran
  ///   shows that the thread was continued in Rollbook
  /// @throws ImportFailedException if the thread has any other item that Codex lacks
  private List<RolloutLine> notes(ThreadRow row, Optional<SourceFile> file) throws IOException {
    var thread = new ThreadId(row.id());
    var theirs = file.isPresent() ? linesOf(file.get()) : null;
    var notes = new ArrayList<RolloutLine>();
    long own = rebuild.hasSkipped(thread) ? 1 : 0;
    try (var reader = rollouts.read(threads.ref(row))) {
      reader.next();
      for (var line = reader.next(); line != null; line = reader.next()) {
        var frame = TurnMarker.own(line);
        if (line.type().equals(ForkBase.OWN_META)) {
          // Lines before it belong to an earlier segment, or to the parent.
          own = 0;
        } else if (isNote(thread, line)) {
          if (theirs == null || !theirs.take(line)) {
            notes.add(line);
          }
        } else {
          boolean isTheirs = theirs == null ? frame.isEmpty() : theirs.take(line);
          // An end without a start is the end of a turn that Codex left open.
          boolean isEnd = frame.filter(TurnMarker.Ended.class::isInstance).isPresent();
          own += isTheirs || isEnd ? 0 : 1;
        }
      }
    }
    if (own > 0) {
      throw new ImportFailedException(
          ("Codex has reverted thread %s, but in Rollbook the thread has items that Codex"
                  + " lacks: it was not changed; to keep these items, fork the thread, delete it,"
                  + " and import its files again")
              .formatted(thread));
    }
    return notes;
  }

  private static boolean isNote(ThreadId thread, RolloutLine line) {
    return !ThreadChangeItems.notes(
            thread, line.type(), line.payload(), Instant.EPOCH, line.ordinal())
        .equals(ThreadNotes.NONE);
  }

  private LineMultiset linesOf(SourceFile file) throws IOException {
    var found = new LineMultiset();
    try (var source = sources.read(file)) {
      var lines = new SourceLines(source, null);
      for (var line = lines.next(); line != null; line = lines.next()) {
        found.add(line.line());
      }
    }
    return found;
  }

  private static EncodedLines renumbered(List<RolloutLine> lines, long first) {
    var renumbered = new EncodedLines.Builder();
    long ordinal = first;
    for (var line : lines) {
      var bytes = line.bytes().toByteArray();
      renumbered.add(new RawLine(bytes, 0, bytes.length).renumbered(ordinal++));
    }
    return renumbered.take();
  }
}
