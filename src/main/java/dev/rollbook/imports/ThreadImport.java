package dev.rollbook.imports;

import dev.rollbook.event.Event.ThreadStarted;
import dev.rollbook.event.Events;
import dev.rollbook.history.ForkBase;
import dev.rollbook.imports.Imported.Outcome;
import dev.rollbook.live.LiveSnapshot;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.ForeignRollouts;
import dev.rollbook.rollout.MemoryBudget;
import dev.rollbook.rollout.RolloutLine;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.source.SourceFile;
import dev.rollbook.source.SourcePiece;
import dev.rollbook.source.SourcePlace;
import dev.rollbook.source.SourceReader;
import dev.rollbook.source.Sources;
import dev.rollbook.statedb.ThreadProgress;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.thread.Foundation;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// Brings one rollout of others into its thread. Afterwards every line of it that can be read is in
/// the thread, once, however often that is done.
@Component
public class ThreadImport {
  /// Forks of forks; more would be a circle.
  static final int MAX_GENERATIONS = 100;

  private final Sources sources;
  private final NewThreadCopy copies;
  private final Foundation foundation;
  private final ForeignRollouts foreign;
  private final Rollouts rollouts;
  private final LiveThreads live;
  private final KnownThreads known;
  private final ThreadLocks locks;
  private final LateJoin joins;
  private final Children children;
  private final ImportedNames names;
  private final Events events;
  private final MemoryBudget memory;
  private final Clock clock;

  ThreadImport(
      Sources sources,
      NewThreadCopy copies,
      Foundation foundation,
      ForeignRollouts foreign,
      Rollouts rollouts,
      LiveThreads live,
      KnownThreads known,
      ThreadLocks locks,
      LateJoin joins,
      Children children,
      ImportedNames names,
      Events events,
      MemoryBudget memory,
      Clock clock) {
    this.memory = memory;
    this.sources = sources;
    this.copies = copies;
    this.foundation = foundation;
    this.foreign = foreign;
    this.rollouts = rollouts;
    this.live = live;
    this.known = known;
    this.locks = locks;
    this.joins = joins;
    this.children = children;
    this.names = names;
    this.events = events;
    this.clock = clock;
  }

  /// Takes all of a file.
  ///
  /// @param growing whether somebody writes it: a last line without its end is left alone
  /// @throws ThreadNotFound if the thread was deleted here
  /// @throws ImportFailedException if the file is none that can be taken
  /// @throws dev.rollbook.model.RollbookException.PersistenceUnavailable if the thread cannot be
  ///   written now
  public Imported take(SourceFile file, Surroundings around, boolean growing) throws IOException {
    return take(file, around, growing, MAX_GENERATIONS);
  }

  private Imported take(SourceFile file, Surroundings around, boolean growing, int generations)
      throws IOException {
    if (generations > 0 && !known.has(file.thread())) {
      var parent = missingParent(file).filter(id -> !known.isDeleted(id)).flatMap(around::fileOf);
      if (parent.isPresent()) {
        take(parent.get(), around, growing, generations - 1);
      }
    }
    var imported = locks.holding(file.thread(), () -> createOrExtend(file, around, growing));
    name(file, around);
    return imported;
  }

  /// Writes the rows of a thread that has got items just now.
  ///
  /// @return false while the state-db does not answer
  boolean saveRows(ThreadId thread) {
    return live.find(thread).map(live::save).orElse(true);
  }

  /// Gives the thread of a file the name that it has there, if that is the later one.
  void name(SourceFile file, Surroundings around) {
    around.nameOf(file.thread()).ifPresent(name -> names.name(file.thread(), name));
  }

  /// The thread that a fork goes on from, where that has to be imported first.
  private Optional<ThreadId> missingParent(SourceFile file) throws IOException {
    try (var source = sources.read(file)) {
      return source.next() instanceof SourcePiece.Line first
          ? ForkBase.of(first.line()).map(ForkBase::parent).filter(parent -> !known.has(parent))
          : Optional.empty();
    }
  }

  /// Takes what was written behind a place up to which the file was taken before. Where the thread
  /// has got more since, some of it may be of this file: then all is compared.
  ///
  /// @param nextOrdinal that the thread had then
  public Imported takeOn(SourceFile file, SourcePlace from, long nextOrdinal) throws IOException {
    return locks.holding(
        file.thread(),
        () -> {
          var row = live.row(file.thread()).orElseThrow(() -> gone(file.thread()));
          if (nextOrdinal(file.thread()) != nextOrdinal) {
            return extend(file, row, true);
          }
          try (var source = sources.readOn(file, from);
              var quarantine = foreign.quarantine(ref(row))) {
            return append(file.thread(), source, new PieceSink(quarantine), line -> false);
          }
        });
  }

  private Imported createOrExtend(SourceFile file, Surroundings around, boolean growing)
      throws IOException {
    if (foreign.isOwn(file.path())) {
      throw new ImportFailedException("lies in the data-dir itself: its thread is here already");
    }
    var row = known.find(file);
    return row.isPresent() ? extend(file, row.get(), growing) : create(file, around, growing);
  }

  private Imported create(SourceFile file, Surroundings around, boolean growing)
      throws IOException {
    var ref = foreign.ref(file.thread(), file.name(), file.archived());
    try (var source = open(file, growing);
        var quarantine = foreign.newQuarantine(ref)) {
      var sink = new PieceSink(quarantine);
      var made = copies.make(file, ref, source, sink, around);
      try (var copy = made.copy()) {
        live.found(
            file.thread(),
            () -> {
              if (known.isDeleted(file.thread())) {
                throw new ThreadNotFound(file.thread());
              }
              foundation.lay(copy, List.of());
            });
      }
      children.readAgain(file.thread());
      events.publish(new ThreadStarted(file.thread()), clock.instant());
      return new Imported(
          Outcome.CREATED,
          sink.lines(),
          sink.quarantined(),
          source.place(),
          nextOrdinal(file.thread()),
          made.remark().orElse(null));
    }
  }

  private Imported extend(SourceFile file, ThreadRow row, boolean growing) throws IOException {
    var remark = joins.attempt(row);
    var ref = ref(row);
    try (var source = open(file, growing);
        var rollout = rollouts.read(ref);
        var quarantine = foreign.newQuarantine(ref)) {
      var sink = new PieceSink(quarantine);
      return append(file.thread(), source, sink, new HeldLines(rollout)::has)
          .with(remark.orElse(null));
    }
  }

  private Imported append(
      ThreadId thread, SourceReader source, PieceSink sink, LineBatches.Held held)
      throws IOException {
    var batches = new LineBatches(thread, live, memory.share(), held);
    sink.all(source, batches::add);
    batches.flush();
    long items = batches.added();
    return new Imported(
        items == 0 ? Outcome.UNCHANGED : Outcome.EXTENDED,
        items,
        sink.quarantined(),
        source.place(),
        nextOrdinal(thread),
        null);
  }

  private long nextOrdinal(ThreadId thread) {
    return live.seen(thread)
        .map(LiveSnapshot::progress)
        .map(ThreadProgress::nextOrdinal)
        .or(() -> live.row(thread).map(ThreadRow::nextOrdinal))
        .orElse(RolloutLine.NO_ORDINAL);
  }

  private SourceReader open(SourceFile file, boolean growing) throws IOException {
    return growing && !file.isCompressed()
        ? sources.readOn(file, SourcePlace.START)
        : sources.read(file);
  }

  private RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.rolloutPath());
  }

  private static ImportFailedException gone(ThreadId thread) {
    return new ImportFailedException("thread %s was deleted meanwhile".formatted(thread));
  }
}
