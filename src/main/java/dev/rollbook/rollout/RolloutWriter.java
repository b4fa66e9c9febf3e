package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.disk.OutcomeUnknownException;
import dev.rollbook.rollout.disk.OwnershipLostException;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// All-or-nothing writer of one rollout: an append writes all of its lines, or none of them.
///
/// A partial write is truncated before anything else is written. After every write, the file at the
/// path is compared with the open file, because on Linux a write to a deleted file succeeds. When
/// too many rollouts are open, the file is closed. The next append opens it again.
public final class RolloutWriter {
  private static final int SEARCH_STEP_BYTES = 1 << 20;

  private final Rollouts rollouts;
  private final RolloutRef ref;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable EncodedLines header;
  private final KnownFile known;
  private @Nullable DiskFile file;
  private volatile LossListener losses = tail -> {};
  private volatile long lastUsed = System.nanoTime();
  private final AtomicBoolean unforced = new AtomicBoolean();

  /// Called with the lock of the writer held, when the disk has lost acknowledged lines. Only a
  /// disk that no other program writes tells that.
  public interface LossListener {
    /// The rollout is as it was found, and nothing is written before this returns.
    ///
    /// @param tail the end of the rollout
    /// @throws IOException if the loss cannot be recorded now; the listener is called again then
    void lost(RolloutTail tail) throws IOException;
  }

  /// @param header the first line of a rollout that does not exist yet, else null
  /// @param committed size of an existing rollout, as far as known
  RolloutWriter(Rollouts rollouts, RolloutRef ref, @Nullable EncodedLines header, long committed) {
    this.known = new KnownFile(committed);
    this.rollouts = rollouts;
    this.ref = ref;
    this.header = header;
  }

  /// Appends the lines; with `every-append` they are durable when this returns.
  ///
  /// @throws RolloutGoneException if the file at the path is not this rollout
  /// @throws RolloutAheadException if another process has written the rollout since its size was
  ///   read; so do all other methods that write
  /// @throws PartlyWrittenException if another process has taken it over during the write
  /// @throws IOException if the lines cannot be written; then the file has none of them
  public void append(EncodedLines lines) throws IOException {
    lock.lock();
    try {
      IoRecovery.retryAfterInterrupt(() -> write(lines));
    } finally {
      lock.unlock();
    }
  }

  /// Inserts lines where their ordinals belong; they are durable when this returns.
  ///
  /// @param place ordinals of the lines
  /// @return false if the rollout has lines with these ordinals already
  /// @throws RolloutGoneException if the file at the path is not this rollout
  /// @throws IOException if that fails; then the rollout either is unchanged or has the lines, but
  ///   not durably, and another call of this method finds out which
  public boolean insert(OrdinalRange place, EncodedLines lines) throws IOException {
    lock.lock();
    try {
      return IoRecovery.retryAfterInterrupt(() -> put(place, lines));
    } finally {
      lock.unlock();
    }
  }

  /// Sets the listener of losses; only one.
  public void onLoss(LossListener listener) {
    losses = listener;
  }

  /// Looks for acknowledged lines that the disk has lost, and closes the file. First undoes a write
  /// whose outcome is unknown: only this writer knows about it. Does nothing on a disk that other
  /// programs write to.
  ///
  /// @throws RolloutGoneException if a file that was open before is missing, or has no line left
  public void findLoss() throws IOException {
    if (!rollouts.disk().isExclusive()) {
      return;
    }
    lock.lock();
    try {
      if (known.unsettled() != null) {
        opened();
      }
      release();
      var state = exists() ? rollouts.disk().stat(ref.path()) : null;
      if (state == null && known.wasOpened()) {
        throw new RolloutGoneException(ref.path(), "no file");
      }
      if (state != null && state.size() < known.size()) {
        examine();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Runs an action that appends lines without ordinals. If no other program writes the disk, the
  /// file is opened first and stays open: so a loss is found before the action, and one that
  /// happens during the action fails the append.
  public void whileOpen(Runnable action) throws IOException {
    lock.lock();
    try {
      if (rollouts.disk().isExclusive()) {
        IoRecovery.retryAfterInterrupt(this::opened);
      }
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /// Size of whole, acknowledged lines in bytes.
  public long committed() {
    return known.size();
  }

  /// Whether the file was created; false until its first line was written.
  public boolean exists() {
    return header == null;
  }

  /// Syncs written bytes and closes the file; an append reopens it.
  public void close() throws IOException {
    lock.lock();
    try {
      if (unforced.get()) {
        force();
      }
    } finally {
      try {
        release();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Closes the file without an fsync.
  public void discard() throws IOException {
    lock.lock();
    try {
      release();
    } finally {
      lock.unlock();
    }
  }

  /// Makes all written bytes durable. Called without the lock, concurrently with appends.
  ///
  /// The flag is cleared before the fsync, so that a write during the fsync sets it again.
  void force() throws IOException {
    unforced.set(false);
    try {
      rollouts.sync().forceNow(file, ref.path());
    } catch (IOException e) {
      unforced.set(true);
      throw e;
    }
  }

  /// Closes the file to free a file handle, unless it is in use.
  boolean closeIfUnused() {
    if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
      return false;
    }
    try {
      release();
      return true;
    } catch (IOException e) {
      return true;
    } finally {
      lock.unlock();
    }
  }

  long lastUsed() {
    return lastUsed;
  }

  /// @return size of the file
  private long write(EncodedLines lines) throws IOException {
    var open = opened();
    lastUsed = System.nanoTime();
    var buffer = lines.buffer();
    try {
      open.appendAll(buffer);
      long size = verify(open, lines);
      settle(open);
      known.acknowledgedTo(size);
      return size;
    } catch (NoSuchFileException e) {
      // A disk may refuse to write to a file that was deleted.
      takeBack(lines, e);
      throw new RolloutGoneException(ref.path(), "no file");
    } catch (OwnershipLostException e) {
      takeBack(lines, e);
      throw buffer.position() > 0 ? new PartlyWrittenException(ref.path(), e) : e;
    } catch (IOException | RuntimeException e) {
      takeBack(lines, e);
      throw e;
    }
  }

  private boolean put(OrdinalRange place, EncodedLines lines) throws IOException {
    release();
    opened();
    var at = RolloutRewrite.positionOf(rollouts, ref, place, known.size());
    if (at.isPresent() && at.getAsLong() == known.size()) {
      write(lines);
      force();
    } else if (at.isPresent()) {
      release();
      known.rewritten(
          RolloutRewrite.insert(rollouts.disk(), ref, at.getAsLong(), lines, known.size()));
      rollouts.disk().forceName(ref.path());
    }
    return at.isPresent();
  }

  private DiskFile opened() throws IOException {
    if (file != null) {
      return file;
    }
    if (header != null) {
      return create(header);
    }
    rollouts.disk().expandIfCompressed(ref.path());
    if (!rollouts.disk().isExclusive()) {
      return examinedAndOpened();
    }
    // Once it is open, a process that was replaced cannot write it: its size is final.
    try (var _ = openForAppend()) {
      return examinedAndOpened();
    } catch (IOException | RuntimeException e) {
      IoRecovery.undo(e, this::release);
      throw e;
    }
  }

  private DiskFile examinedAndOpened() throws IOException {
    var state = rollouts.disk().stat(ref.path());
    if (state == null) {
      throw new RolloutGoneException(ref.path(), "no file");
    }
    var unsettled = known.unsettled();
    if (unsettled != null && known.is(state)) {
      try (var open = rollouts.disk().openForAppend(ref.path())) {
        rollBack(open, unsettled);
      }
    }
    if (!known.isUnchanged(state)) {
      examine();
    }
    known.settled();
    // An earlier attempt, or a process that was killed, may not have made the file name durable.
    if (!known.isNamed(state)) {
      rollouts.sync().renamed(ref.path());
      known.named(state);
    }
    known.opened(state);
    return use(openForAppend());
  }

  private DiskFile openForAppend() throws IOException {
    try {
      return rollouts.disk().openForAppend(ref.path());
    } catch (NoSuchFileException e) {
      throw new RolloutGoneException(ref.path(), "no file");
    }
  }

  private void examine() throws IOException {
    var tail = rollouts.prepareForAppend(ref);
    if (rollouts.disk().isExclusive()) {
      // A first line is from an earlier attempt to create the file, and takes no ordinal.
      boolean isBegun = known.size() == 0 && tail.lastOrdinal() == 0;
      if (tail.size() > known.size() && !isBegun) {
        throw new RolloutAheadException(ref.path(), known.size(), tail.size());
      }
      if (tail.size() < known.size()) {
        losses.lost(tail);
      }
    }
    known.acknowledgedTo(tail.size());
  }

  private DiskFile create(EncodedLines firstLine) throws IOException {
    try {
      var created = use(rollouts.disk().create(ref.path()));
      created.appendAll(firstLine.buffer());
      var state = Objects.requireNonNull(rollouts.disk().stat(ref.path()));
      known.opened(state);
      settle(created);
      rollouts.sync().renamed(ref.path());
      known.named(state);
      known.acknowledgedTo(firstLine.length());
      header = null;
      return created;
    } catch (FileAlreadyExistsException e) {
      if (isTorn(firstLine)) {
        rollouts.disk().delete(ref.path());
        return create(firstLine);
      }
      header = null;
      return opened();
    } catch (IOException | RuntimeException e) {
      IoRecovery.undo(
          e,
          () -> {
            release();
            rollouts.disk().delete(ref.path());
          });
      throw e;
    }
  }

  private DiskFile use(DiskFile opened) {
    file = opened;
    rollouts.openFiles().opened(this);
    return opened;
  }

  /// Verifies that the lines are in the file at the path; returns its size.
  private long verify(DiskFile open, EncodedLines lines) throws IOException {
    var state = rollouts.disk().stat(ref.path());
    if (state == null || !known.is(state)) {
      throw new RolloutGoneException(ref.path(), state == null ? "no file" : "another file");
    }
    long expected = known.size() + lines.length();
    if (state.size() < expected) {
      open.truncate(Math.max(0, state.size() - lines.length()));
      throw new RolloutGoneException(ref.path(), "cut by another program");
    }
    if (state.size() > expected && !holds(known.size(), state.size(), lines)) {
      throw new IOException("changed by another program");
    }
    return state.size();
  }

  /// Whether a range of the file contains the lines, even if others wrote before and after them.
  private boolean holds(long from, long to, EncodedLines lines) throws IOException {
    int window = lines.length() + SEARCH_STEP_BYTES;
    for (long at = from; at < to; at += SEARCH_STEP_BYTES) {
      boolean isFirst = at == from;
      // The byte before the window shows whether a line begins at its start.
      long start = isFirst ? at : at - 1;
      if (lines.isWithin(region(start, Math.min(to, at + window)), isFirst)) {
        return true;
      }
    }
    return false;
  }

  private byte[] region(long from, long to) throws IOException {
    try (var file = rollouts.disk().openForRead(ref.path())) {
      return file.readFully(from, Math.toIntExact(to - from));
    }
  }

  private void settle(DiskFile open) throws IOException {
    if (rollouts.sync().everyAppend()) {
      open.force();
    } else if (unforced.compareAndSet(false, true)) {
      rollouts.sync().wrote(this);
    }
  }

  /// Rolls back a failed write; the next append examines the file again.
  private void takeBack(EncodedLines lines, Exception failed) {
    var open = file;
    known.failed(lines);
    IoRecovery.undo(
        failed,
        () -> {
          // The disk would try to find out again, and the caller would wait for that.
          if (open != null && !(failed instanceof OutcomeUnknownException)) {
            rollBack(open, lines);
            known.settled();
          }
        });
    IoRecovery.undo(failed, this::release);
  }

  /// Truncates what a failed write left at the end; bytes that others wrote before it stay.
  private void rollBack(DiskFile open, EncodedLines lines) throws IOException {
    long size = open.size();
    if (size <= known.size()) {
      return;
    }
    var state = rollouts.disk().stat(ref.path());
    if (state != null && known.is(state)) {
      // Other programs may have written more before it than fits into memory.
      long from = Math.max(known.size(), size - lines.length() - 1L);
      int ours = lines.startedAtEndOf(region(from, size), from == known.size());
      if (ours > 0) {
        open.truncate(size - ours);
      }
    } else if (size <= known.size() + lines.length()) {
      open.truncate(known.size());
    }
  }

  /// Whether the file is the torn first line of an earlier attempt.
  private boolean isTorn(EncodedLines firstLine) throws IOException {
    long size = rollouts.size(ref);
    return size < firstLine.length() && firstLine.startedAtEndOf(region(0, size), true) == size;
  }

  private void release() throws IOException {
    var open = file;
    if (open != null) {
      file = null;
      rollouts.openFiles().closed(this);
      open.close();
    }
  }
}
