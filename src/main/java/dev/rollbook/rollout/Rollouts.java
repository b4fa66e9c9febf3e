package dev.rollbook.rollout;

import dev.rollbook.memory.MemoryBudget;
import dev.rollbook.memory.MemoryReservation;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.rollout.datadir.DataDir;
import dev.rollbook.rollout.disk.AtomicFile;
import dev.rollbook.rollout.disk.Disk;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.LineView;
import dev.rollbook.rollout.line.OrdinalRange;
import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.rollout.zstd.CompressibleDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/// Entry point of the package: writes, reads, moves and removes the rollouts of the data-dir.
@Component
public class Rollouts implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(Rollouts.class);
  private static final Duration ABANDONED_AFTER = Duration.ofHours(1);

  private final CompressibleDisk disk;
  private final DataDir dataDir;
  private final RolloutSync sync;
  private final OpenFileLimit openFiles;
  private final TailRepair tailRepair;
  private final MemoryBudget memory;
  private final ScannedRuns scanned = new ScannedRuns();

  Rollouts(
      Disk disk, DataDir dataDir, RolloutSync sync, OpenFileLimit openFiles, MemoryBudget memory) {
    this.memory = memory;
    this.disk = new CompressibleDisk(disk, dataDir);
    this.dataDir = dataDir;
    this.sync = sync;
    this.openFiles = openFiles;
    this.tailRepair = new TailRepair(this.disk, memory);
  }

  /// Removes unfinished copies that a crash left. A younger one may be written by another process,
  /// if others share the files.
  @Override
  public void afterSingletonsInstantiated() {
    try (var left = disk.walk(dataDir.unfinished())) {
      var abandoned = Instant.now().minus(ABANDONED_AFTER);
      for (Path file : left.toList()) {
        var state = disk.isShared() ? disk.stat(file) : null;
        if (state == null || state.modified().isBefore(abandoned)) {
          disk.delete(file);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      log.warn(
          "unfinished copies of rollouts in {} could not be removed: {}",
          dataDir.unfinished(),
          StorageFaults.shortCause(e));
    }
  }

  public RolloutRef ref(ThreadId thread, String name) {
    return new RolloutRef(thread, name, dataDir.resolve(name));
  }

  /// Identity of the rollout into which another program's file of that name is imported.
  public RolloutRef importRef(ThreadId thread, String fileName, boolean archived) {
    return ref(thread, archived ? DataDir.archived(fileName) : DataDir.unarchived(fileName));
  }

  public RolloutRef newRef(ThreadId thread, Instant createdAt) {
    return ref(thread, dataDir.rolloutPath(thread, createdAt));
  }

  /// A writer whose first append creates the file, beginning with the given `session_meta`.
  public RolloutWriter create(RolloutRef ref, RolloutItem sessionMeta, Instant now) {
    var header = EncodedLines.encode(List.of(sessionMeta), 0, Timestamps.format(now));
    return new RolloutWriter(this, ref, header, 0);
  }

  /// A writer for an existing rollout; it opens the file when it writes.
  ///
  /// @param size in bytes as far as known; the file is examined when it is opened
  public RolloutWriter writer(RolloutRef ref, long size) {
    return new RolloutWriter(this, ref, null, size);
  }

  /// Checks that a rollout is the thread's, and truncates a torn last line.
  ///
  /// @throws RolloutGoneException if the file is missing or not the rollout
  public RolloutTail prepareForAppend(RolloutRef ref) throws IOException {
    var problem = check(ref);
    if (problem.isPresent()) {
      throw new RolloutGoneException(ref.path(), problem.get().wireName());
    }
    return tailRepair.repair(ref.path());
  }

  /// Why the rollout cannot be resumed; empty if it can.
  ///
  /// @throws IOException if the disk fails, which says nothing about the rollout
  public Optional<ResumeFailure> check(RolloutRef ref) throws IOException {
    var state = disk.stat(ref.path());
    if (state == null) {
      return Optional.of(ResumeFailure.ROLLOUT_MISSING);
    }
    try (var reader = read(ref)) {
      var first = reader.next();
      if (first == null) {
        return Optional.of(
            reader.unreadable() == 0
                ? ResumeFailure.ROLLOUT_EMPTY
                : ResumeFailure.ROLLOUT_UNREADABLE);
      }
      return first.isMetaOf(ref.thread()) && reader.unreadable() == 0
          ? Optional.empty()
          : Optional.of(ResumeFailure.ROLLOUT_UNREADABLE);
    } catch (NoSuchFileException e) {
      return Optional.of(ResumeFailure.ROLLOUT_MISSING);
    }
  }

  /// Reads all whole lines of the file. Caller must close the reader.
  public RolloutReader read(RolloutRef ref) throws IOException {
    return read(ref, Long.MAX_VALUE);
  }

  /// @param limit bytes to read at most; a write may be in progress after them
  public RolloutReader read(RolloutRef ref, long limit) throws IOException {
    return RolloutReader.of(disk.openForRead(ref.path()), limit).within(memory.reserve());
  }

  /// Reads the lines after a known one. Caller must close the reader.
  ///
  /// @param place where the known line ends
  /// @param last ordinal of the known line
  /// @param limit bytes to read at most
  /// @return empty if no line with that ordinal ends there, or if the file can only be read from
  ///   its start
  public Optional<RolloutReader> readAfter(RolloutRef ref, long place, long last, long limit)
      throws IOException {
    var reader = read(ref, limit);
    return IoRecovery.closeOnFailure(
        reader,
        () -> {
          if (reader.seekBehind(place, last)) {
            return Optional.of(reader);
          }
          reader.close();
          return Optional.empty();
        });
  }

  /// Slice of a rollout for a copy: the lines from the second one through an ordinal. Caller must
  /// close it.
  ///
  /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
  public RolloutCopyWriter.Slice part(RolloutRef ref, long ordered, long through)
      throws IOException {
    var file = disk.openForRead(ref.path());
    return IoRecovery.closeOnFailure(
        file, () -> RolloutCopyWriter.Slice.of(file, ref, ordered, through, memory.reserve()));
  }

  /// Begins a new rollout with its own `session_meta` and a slice of another rollout. The slice is
  /// closed here; caller must close the copy.
  public RolloutCopyWriter copy(
      RolloutCopyWriter.Slice part, RolloutRef to, RolloutItem sessionMeta, Instant now)
      throws IOException {
    var header =
        EncodedLines.encode(List.of(sessionMeta), part.firstOrdinal(), Timestamps.format(now));
    return IoRecovery.closeOnFailure(
            part, () -> new RolloutCopyWriter(this, to, dataDir.unfinishedCopy(), false))
        .with(header, part);
  }

  /// Like the method above, with slices of two rollouts and lines between them.
  public RolloutCopyWriter copy(
      RolloutCopyWriter.Slice part,
      RolloutRef to,
      RolloutItem sessionMeta,
      EncodedLines between,
      RolloutCopyWriter.Slice rest)
      throws IOException {
    return IoRecovery.closeOnFailure(rest, () -> copy(part, to, sessionMeta, Instant.EPOCH))
        .with(between, rest);
  }

  /// Begins an empty rollout. The source of its lines must stay until [#force] was called. Caller
  /// must close the copy.
  public RolloutCopyWriter beginImport(RolloutRef ref) throws IOException {
    return new RolloutCopyWriter(this, ref, dataDir.unfinishedCopy(), true);
  }

  /// File for the unreadable lines of an imported rollout; appends to an existing file. Caller must
  /// close it.
  public Quarantine quarantine(RolloutRef ref) {
    return new Quarantine(disk, Quarantine.beside(ref.path()));
  }

  /// Like [#quarantine], but replaces an existing file.
  public Quarantine newQuarantine(RolloutRef ref) throws IOException {
    disk.delete(Quarantine.beside(ref.path()));
    return quarantine(ref);
  }

  /// A page of whole lines.
  public RolloutPage page(
      RolloutRef ref,
      long ordered,
      OrdinalRange range,
      int limit,
      boolean newestFirst,
      MemoryReservation reservation)
      throws IOException {
    return page(ref, ordered, range, limit, newestFirst, LineView.WHOLE, reservation);
  }

  /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
  /// @param reservation memory of the page; if it cannot grow, the page ends early
  public RolloutPage page(
      RolloutRef ref,
      long ordered,
      OrdinalRange range,
      int limit,
      boolean newestFirst,
      LineView view,
      MemoryReservation reservation)
      throws IOException {
    try (var reader = read(ref).within(reservation).showing(view)) {
      var pages = new RolloutPage.Pager(reader, ordered, limit, reservation);
      return newestFirst ? pages.backward(range) : pages.forward(range);
    }
  }

  /// Calls the action for each line in the range in order. One line is in memory at a time.
  ///
  /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
  public void forEach(
      RolloutRef ref, long ordered, OrdinalRange range, Consumer<RolloutLine> action)
      throws IOException {
    try (var reader = read(ref)) {
      reader.seek(range.first(), ordered);
      for (var line = reader.next(range); line != null; line = reader.next(range)) {
        action.accept(line);
      }
    }
  }

  /// The ranges of ordinals below `next` that no line has, in order; none before the first line.
  /// Reads all lines, as the ordinal of one that states none follows from those before it.
  public List<OrdinalRange> missing(RolloutRef ref, long next) throws IOException {
    var missing = new ArrayList<OrdinalRange>();
    try (var reader = read(ref)) {
      var line = reader.next();
      long expected = line == null ? next : line.ordinal();
      for (; line != null; line = reader.next()) {
        missing.add(new OrdinalRange(expected, line.ordinal() - 1));
        expected = line.ordinal() + 1;
      }
      missing.add(new OrdinalRange(expected, next - 1));
    }
    missing.removeIf(OrdinalRange::isEmpty);
    return missing;
  }

  /// Opens a rollout to write its lines in the range to a stream. Caller must close it.
  ///
  /// @param ordered bytes from the start whose lines all state their ordinals in ascending order
  /// @param reservation memory of a line
  public RolloutTransfer transfer(
      RolloutRef ref,
      long ordered,
      OrdinalRange range,
      LineView view,
      MemoryReservation reservation)
      throws IOException {
    var reader = read(ref).within(reservation).showing(view);
    return new RolloutTransfer(reader, ordered, range, scanned.of(ref.thread()));
  }

  /// The bytes of the file, up to a size; empty if there is no file.
  public Optional<RolloutContent> content(RolloutRef ref, long bytes) throws IOException {
    var state = disk.stat(ref.path());
    return state == null
        ? Optional.empty()
        : Optional.of(new RolloutContent(disk, ref, state, Math.min(bytes, state.size()), memory));
  }

  /// Size in bytes, or 0 if the file is missing.
  public long size(RolloutRef ref) throws IOException {
    var state = disk.stat(ref.path());
    return state == null ? 0 : state.size();
  }

  /// Size of the compressed file; null if the rollout is not compressed.
  public @Nullable Long compressedSize(RolloutRef ref) throws IOException {
    return disk.compressedSize(ref.path());
  }

  /// Moves the file to the archived ones; its writer must be closed. The time of archiving is
  /// stored as the modification time, where a rebuild finds it.
  public RolloutRef archive(RolloutRef ref, Instant at) throws IOException {
    try {
      disk.setModified(ref.path(), at);
    } catch (NoSuchFileException e) {
      throw new RolloutGoneException(ref.path(), "no file");
    }
    return move(ref, DataDir.archived(ref.name()));
  }

  public RolloutRef unarchive(RolloutRef ref) throws IOException {
    return move(ref, DataDir.unarchived(ref.name()));
  }

  /// Removes the rollout and the files beside it. The rollout is removed last, because after a kill
  /// in between its name leads to the other files.
  public void delete(RolloutRef ref) throws IOException {
    if (remove(ref)) {
      sync.renamed(ref.path());
    }
  }

  /// Removes the file durably, with every sync policy.
  public void deleteDurably(RolloutRef ref) throws IOException {
    remove(ref);
    try {
      disk.forceName(ref.path());
    } catch (NoSuchFileException e) {
      // A file in a directory that does not exist is durably deleted.
    }
  }

  private boolean remove(RolloutRef ref) throws IOException {
    disk.delete(RolloutRewrite.beside(ref.path()));
    disk.delete(Quarantine.beside(ref.path()));
    boolean torn = disk.deleteNumbered(n -> TailRepair.torn(ref.path(), n));
    return disk.delete(ref.path()) || torn;
  }

  /// Syncs everything written since the last pass of `interval`.
  public void force() {
    sync.pass();
  }

  /// Whether a file is in a directory of rollouts.
  ///
  /// @param real path with symbolic links resolved
  public boolean contains(Path real) throws IOException {
    return real.startsWith(disk.realPathIfThere(dataDir.sessions()))
        || real.startsWith(disk.realPathIfThere(dataDir.archivedSessions()));
  }

  public boolean exists(RolloutRef ref) throws IOException {
    return disk.stat(ref.path()) != null;
  }

  /// Whether a file begins with all of another one, and is longer.
  public boolean isContinuation(RolloutRef longer, RolloutRef shorter) throws IOException {
    return AtomicFile.compare(disk, longer.path(), shorter.path()) == AtomicFile.Difference.LONGER;
  }

  /// Moves a file out of the directories of rollouts. Never overwrites a file.
  ///
  /// @return its path relative to the data-dir
  public String setAside(RolloutRef ref) throws IOException {
    var name = DataDir.setAside(ref.name());
    var to = dataDir.resolve(name);
    for (int n = 1; isTaken(to); n++) {
      name = DataDir.setAside(ref.name()) + "." + n;
      to = dataDir.resolve(name);
    }
    disk.move(ref.path(), to);
    sync.renamed(ref.path());
    sync.renamed(to);
    return name;
  }

  private boolean isTaken(Path path) throws IOException {
    return disk.stat(path) != null || disk.stat(DataDir.compressed(path)) != null;
  }

  /// Snapshot of the names of all rollouts.
  public RolloutCatalog catalog() throws IOException {
    try (var all = all()) {
      return IoRecovery.unwrapped(() -> RolloutCatalog.of(all, dataDir));
    }
  }

  /// Every file named like a rollout, archived or not. Caller must close the stream.
  public Stream<RolloutRef> all() throws IOException {
    return Stream.concat(disk.walk(dataDir.sessions()), disk.walk(dataDir.archivedSessions()))
        .flatMap(file ->
            DataDir.threadOf(file).stream()
                .map(thread -> new RolloutRef(thread, dataDir.relative(file), file)));
  }

  private RolloutRef move(RolloutRef from, String name) throws IOException {
    var to = ref(from.thread(), name);
    if (disk.stat(to.path()) != null) {
      throw new IOException("another file is at " + to.name());
    }
    try {
      disk.move(from.path(), to.path());
    } catch (NoSuchFileException e) {
      throw new RolloutGoneException(from.path(), "no file");
    }
    try {
      sync.moved(to.path());
      sync.renamed(from.path());
      sync.renamed(to.path());
    } catch (IOException e) {
      // Moved back, because a caller that gets an error expects the rollout at its old path.
      IoRecovery.undo(e, () -> disk.move(to.path(), from.path()));
      throw e;
    }
    return to;
  }

  /// Memory budget for reading files that are not rollouts yet.
  MemoryBudget memory() {
    return memory;
  }

  /// Whether no other program changes rollouts.
  public boolean isExclusive() {
    return disk.isExclusive();
  }

  CompressibleDisk disk() {
    return disk;
  }

  RolloutSync sync() {
    return sync;
  }

  OpenFileLimit openFiles() {
    return openFiles;
  }
}
