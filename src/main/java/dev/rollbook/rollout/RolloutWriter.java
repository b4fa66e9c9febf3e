package dev.rollbook.rollout;

import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.IoRecovery;
import dev.rollbook.rollout.line.EncodedLines;
import dev.rollbook.rollout.line.OrdinalRange;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Appends whole lines to one rollout, or nothing.
///
/// A write that fails half-way is cut back before anything else happens. After every write the file
/// at the path is compared with the open one: on Linux writes to a deleted file succeed. The file
/// is closed when too many are open, and opened again by the next append.
public final class RolloutWriter {
  private static final int SEARCH_STEP = 1 << 20;

  private final Rollouts rollouts;
  private final RolloutRef ref;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable EncodedLines header;
  private @Nullable EncodedLines leftover;
  private @Nullable DiskFile file;
  private @Nullable Object key;
  private @Nullable Object named;
  private volatile long committed;
  private volatile long lastUsed = System.nanoTime();
  private final AtomicBoolean unforced = new AtomicBoolean();

  /// @param header the first line of a rollout that does not exist yet, else null
  /// @param committed bytes of whole lines that an existing rollout has, as far as is known
  RolloutWriter(Rollouts rollouts, RolloutRef ref, @Nullable EncodedLines header, long committed) {
    this.committed = committed;
    this.rollouts = rollouts;
    this.ref = ref;
    this.header = header;
  }

  /// Writes the lines at the end; with `every-append` they are on the disk when this returns.
  ///
  /// @throws RolloutGoneException if the file at the path is not this rollout (any more)
  /// @throws IOException if the lines cannot be written; then none of them is in the file
  public void append(EncodedLines lines) throws IOException {
    lock.lock();
    try {
      IoRecovery.retryAfterInterrupt(() -> write(lines));
    } finally {
      lock.unlock();
    }
  }

  /// Puts lines where their ordinals belong; they are on the disk when this returns.
  ///
  /// @param place the ordinals of the lines
  /// @return false if lines with these ordinals are there already
  /// @throws RolloutGoneException if the file at the path is not this rollout (any more)
  /// @throws IOException if it cannot be done; then the rollout is as it was, or has the lines, but
  ///   a crash of the machine may take them: doing it again finds out
  public boolean insert(OrdinalRange place, EncodedLines lines) throws IOException {
    lock.lock();
    try {
      return IoRecovery.retryAfterInterrupt(() -> put(place, lines));
    } finally {
      lock.unlock();
    }
  }

  /// Bytes of whole, acknowledged lines.
  public long committed() {
    return committed;
  }

  /// Whether the file was made; false while its first line could not be written.
  public boolean exists() {
    return header == null;
  }

  /// Forces what was written and closes the file; an append opens it again.
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

  /// Closes the file without forcing it.
  public void discard() throws IOException {
    lock.lock();
    try {
      release();
    } finally {
      lock.unlock();
    }
  }

  /// Makes everything that was written durable; called without the lock, beside running appends.
  ///
  /// The mark goes first: what is written after it sets it again, what was written before is
  /// forced.
  void force() throws IOException {
    unforced.set(false);
    try {
      rollouts.sync().forceNow(file, ref.path());
    } catch (IOException failed) {
      unforced.set(true);
      throw failed;
    }
  }

  /// Closes the file to make room, unless it is in use right now.
  boolean closeIfUnused() {
    if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
      return false;
    }
    try {
      release();
      return true;
    } catch (IOException closedAnyway) {
      return true;
    } finally {
      lock.unlock();
    }
  }

  long lastUsed() {
    return lastUsed;
  }

  /// @return the size of the file
  private long write(EncodedLines lines) throws IOException {
    var open = opened();
    lastUsed = System.nanoTime();
    try {
      open.appendAll(lines.buffer());
      long size = verify(open, lines);
      settle(open);
      committed = size;
      return size;
    } catch (IOException | RuntimeException failed) {
      takeBack(lines, failed);
      throw failed;
    }
  }

  private boolean put(OrdinalRange place, EncodedLines lines) throws IOException {
    release();
    opened();
    var at = RolloutRewrite.positionOf(rollouts, ref, place, committed);
    if (at.isPresent() && at.getAsLong() == committed) {
      write(lines);
      force();
    } else if (at.isPresent()) {
      release();
      key = null;
      committed = RolloutRewrite.insert(rollouts.disk(), ref, at.getAsLong(), lines, committed);
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
    rollouts.disk().makePlain(ref.path());
    var state = rollouts.disk().stat(ref.path());
    if (state == null) {
      throw new RolloutGoneException(ref.path(), "no file");
    }
    if (leftover != null && state.key().equals(key)) {
      try (var open = rollouts.disk().openForAppend(ref.path())) {
        rollBack(open, leftover);
      }
      state = new FileState(state.key(), -1, state.modified());
    }
    if (!state.key().equals(key) || state.size() != committed) {
      committed = rollouts.prepareForAppend(ref).size();
    }
    leftover = null;
    // An earlier try, or a process that was killed, may not have come to make its name durable.
    if (!state.key().equals(named)) {
      rollouts.sync().renamed(ref.path());
      named = state.key();
    }
    try {
      return use(rollouts.disk().openForAppend(ref.path()), state);
    } catch (NoSuchFileException gone) {
      throw new RolloutGoneException(ref.path(), "no file");
    }
  }

  private DiskFile create(EncodedLines firstLine) throws IOException {
    try {
      var created = use(rollouts.disk().create(ref.path()), null);
      created.appendAll(firstLine.buffer());
      key = Objects.requireNonNull(rollouts.disk().stat(ref.path())).key();
      settle(created);
      rollouts.sync().renamed(ref.path());
      named = key;
      committed = firstLine.length();
      header = null;
      return created;
    } catch (FileAlreadyExistsException fromAnEarlierTry) {
      if (isTorn(firstLine)) {
        rollouts.disk().delete(ref.path());
        return create(firstLine);
      }
      header = null;
      return opened();
    } catch (IOException | RuntimeException failed) {
      IoRecovery.undo(
          failed,
          () -> {
            release();
            rollouts.disk().delete(ref.path());
          });
      throw failed;
    }
  }

  /// Opens the file anew and takes note of which one it is.
  private DiskFile use(DiskFile opened, @Nullable FileState state) {
    file = opened;
    key = state == null ? null : state.key();
    rollouts.openFiles().opened(this);
    return opened;
  }

  /// The lines count only if they are in the file that the path leads to; returns its size.
  private long verify(DiskFile open, EncodedLines lines) throws IOException {
    var state = rollouts.disk().stat(ref.path());
    if (state == null || !state.key().equals(key)) {
      throw new RolloutGoneException(ref.path(), state == null ? "no file" : "another file");
    }
    long expected = committed + lines.length();
    if (state.size() < expected) {
      open.truncate(Math.max(0, state.size() - lines.length()));
      throw new RolloutGoneException(ref.path(), "cut by another program");
    }
    if (state.size() > expected && !holds(committed, state.size(), lines)) {
      throw new IOException("changed by another program");
    }
    return state.size();
  }

  /// Whether the lines stand somewhere between two places of the file, however much others wrote
  /// between them.
  private boolean holds(long from, long to, EncodedLines lines) throws IOException {
    int window = lines.length() + SEARCH_STEP;
    for (long at = from; at < to; at += SEARCH_STEP) {
      boolean isFirst = at == from;
      // One byte before the window tells whether a line begins there.
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

  /// After a failed write nothing of it stays, and the next append looks at the file anew.
  private void takeBack(EncodedLines lines, Exception failed) {
    var open = file;
    leftover = lines;
    IoRecovery.undo(
        failed,
        () -> {
          if (open != null) {
            rollBack(open, lines);
            leftover = null;
          }
        });
    IoRecovery.undo(failed, this::release);
  }

  /// Removes what a failed write left at the end; what others wrote before it stays.
  private void rollBack(DiskFile open, EncodedLines lines) throws IOException {
    long size = open.size();
    if (size <= committed) {
      return;
    }
    var state = rollouts.disk().stat(ref.path());
    if (state != null && state.key().equals(key)) {
      // What others wrote before it may be more than memory holds.
      long from = Math.max(committed, size - lines.length() - 1L);
      int ours = lines.startedAtEndOf(region(from, size), from == committed);
      if (ours > 0) {
        open.truncate(size - ours);
      }
    } else if (size <= committed + lines.length()) {
      open.truncate(committed);
    }
  }

  /// Whether the file is what a first write left that could neither be finished nor undone.
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
