package dev.rollbook.rollout.disk;

import dev.rollbook.rollout.disk.DiskFault.Moment;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Disk with injected faults: a test decides which call fails.
///
/// A call that is failed does not reach the disk, except for a close, which fails afterwards, and a
/// torn write, which writes a part. Calls are counted from 1, anew after each [#heal].
public final class FaultyDisk implements Disk {
  public enum Operation {
    CREATE,
    OPEN,
    STAT,
    TOUCH,
    MOVE,
    DELETE,
    FORCE_DIRECTORY,
    WALK,
    APPEND,
    READ,
    SIZE,
    TRUNCATE,
    FORCE,
    CLOSE
  }

  public record Call(Operation operation, Path path) {
    public boolean is(Operation other, Path otherPath) {
      return operation == other && path.equals(otherPath);
    }
  }

  private record Tear(int bytes, Supplier<IOException> failure) {}

  private final Disk disk;
  private final List<Call> calls = new ArrayList<>();
  private final List<DiskFault> faults = new CopyOnWriteArrayList<>();
  private final AtomicReference<@Nullable Tear> tear = new AtomicReference<>();
  private final AtomicInteger openFiles = new AtomicInteger();
  private volatile int longestWrite = Integer.MAX_VALUE;

  public FaultyDisk() {
    this(new LocalDisk());
  }

  public FaultyDisk(Disk disk) {
    this.disk = disk;
  }

  public static Supplier<IOException> noSpaceLeft() {
    return () -> new IOException("No space left on device");
  }

  public static Supplier<IOException> inputOutputError() {
    return () -> new IOException("Input/output error");
  }

  /// Every write to these files fails, until healed.
  public void failWrites(Predicate<Path> which, Supplier<IOException> failure) {
    fail(call -> call.operation() == Operation.APPEND && which.test(call.path()), failure);
  }

  /// Every such call fails, until healed.
  public void fail(Predicate<Call> which, Supplier<IOException> failure) {
    faults.add(DiskFault.failing((call, number) -> which.test(call), failure));
  }

  /// Another process creates each file in the moment before it is created.
  public void createElsewhere() {
    faults.add((call, number, moment) -> {
      if (moment == Moment.BEFORE && call.operation() == Operation.CREATE) {
        disk.create(call.path()).close();
      }
    });
  }

  public void failCall(int n, Supplier<IOException> failure) {
    faults.add(DiskFault.failing((call, number) -> number == n, failure));
  }

  /// The call and all after it fail, until healed.
  public void failFromCall(int n, Supplier<IOException> failure) {
    faults.add(DiskFault.failing((call, number) -> number >= n, failure));
  }

  /// The next write stops after so many bytes and fails.
  public void tearNextWrite(int bytes, Supplier<IOException> failure) {
    tear.set(new Tear(bytes, failure));
  }

  /// Writes succeed, but take no more than so many bytes at a time.
  public void shortenWrites(int most) {
    longestWrite = most;
  }

  /// Interrupts the calling thread just before the call.
  public void interruptBeforeCall(int n) {
    faults.add(DiskFault.interrupting(n, Moment.BEFORE));
  }

  /// Interrupts the calling thread when the disk has done its part, but before the call returns.
  public void interruptAfterCall(int n) {
    faults.add(DiskFault.interrupting(n, Moment.AFTER));
  }

  /// No faults any more.
  public void heal() {
    faults.clear();
    tear.set(null);
    longestWrite = Integer.MAX_VALUE;
    synchronized (calls) {
      calls.clear();
    }
  }

  /// What was asked of the disk since it was last healed, failed or not.
  public List<Call> calls() {
    synchronized (calls) {
      return List.copyOf(calls);
    }
  }

  /// Files that were opened and not closed since the beginning.
  public int openFiles() {
    return openFiles.get();
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    return call(Operation.CREATE, path, () -> new FaultyFile(path, disk.create(path)));
  }

  @Override
  public DiskFile openForAppend(Path path) throws IOException {
    return call(Operation.OPEN, path, () -> new FaultyFile(path, disk.openForAppend(path)));
  }

  @Override
  public DiskFile openInPlace(Path path) throws IOException {
    return call(Operation.OPEN, path, () -> new FaultyFile(path, disk.openInPlace(path)));
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    return call(Operation.OPEN, path, () -> new FaultyFile(path, disk.openForRead(path)));
  }

  @Override
  public @Nullable FileState stat(Path path) throws IOException {
    return call(Operation.STAT, path, () -> disk.stat(path));
  }

  @Override
  public void setModified(Path path, Instant time) throws IOException {
    call(Operation.TOUCH, path, () -> done(() -> disk.setModified(path, time)));
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    call(Operation.MOVE, from, () -> done(() -> disk.move(from, to)));
  }

  @Override
  public boolean delete(Path path) throws IOException {
    return call(Operation.DELETE, path, () -> disk.delete(path));
  }

  @Override
  public boolean isExclusive() {
    return disk.isExclusive();
  }

  @Override
  public boolean isShared() {
    return disk.isShared();
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    call(Operation.FORCE_DIRECTORY, directory, () -> done(() -> disk.forceDirectory(directory)));
  }

  @Override
  public Path realPath(Path path) throws IOException {
    return call(Operation.STAT, path, () -> disk.realPath(path));
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return call(Operation.WALK, directory, () -> disk.list(directory));
  }

  @Override
  public Stream<Path> walk(Path directory) throws IOException {
    return call(Operation.WALK, directory, () -> disk.walk(directory));
  }

  private <T> T call(Operation operation, Path path, IoRecovery.Operation<T> action)
      throws IOException {
    var call = new Call(operation, path);
    int number;
    synchronized (calls) {
      calls.add(call);
      number = calls.size();
    }
    for (var fault : faults) {
      fault.at(call, number, Moment.BEFORE);
    }
    var result = action.run();
    for (var fault : faults) {
      fault.at(call, number, Moment.AFTER);
    }
    return result;
  }

  private static boolean done(Closeable procedure) throws IOException {
    procedure.close();
    return true;
  }

  /// An open file whose calls are counted and failed like those of its disk.
  private final class FaultyFile implements DiskFile {
    private final Path path;
    private final DiskFile file;
    private final AtomicBoolean open = new AtomicBoolean(true);

    FaultyFile(Path path, DiskFile file) {
      this.path = path;
      this.file = file;
      openFiles.incrementAndGet();
    }

    @Override
    public int append(ByteBuffer bytes) throws IOException {
      return onFile(Operation.APPEND, () -> appendOrTear(bytes));
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      onFile(
          Operation.APPEND,
          () -> {
            file.write(bytes, position);
            return bytes.limit();
          });
    }

    @Override
    public int read(ByteBuffer bytes, long position) throws IOException {
      return onFile(Operation.READ, () -> file.read(bytes, position));
    }

    @Override
    public long size() throws IOException {
      return onFile(Operation.SIZE, file::size);
    }

    @Override
    public void truncate(long size) throws IOException {
      onFile(Operation.TRUNCATE, () -> done(() -> file.truncate(size)));
    }

    @Override
    public void force() throws IOException {
      onFile(Operation.FORCE, () -> done(file::force));
    }

    @Override
    public void close() throws IOException {
      file.close();
      if (open.getAndSet(false)) {
        openFiles.decrementAndGet();
        call(Operation.CLOSE, path, () -> true);
      }
    }

    /// A channel that is interrupted in the middle does its work, closes itself, and throws.
    private <T> T onFile(Operation operation, IoRecovery.Operation<T> action) throws IOException {
      var result = call(operation, path, action);
      if (Thread.currentThread().isInterrupted()) {
        file.size();
      }
      return result;
    }

    private int appendOrTear(ByteBuffer bytes) throws IOException {
      var torn = tear.getAndSet(null);
      if (torn == null) {
        return append(bytes, longestWrite);
      }
      append(bytes, torn.bytes());
      throw torn.failure().get();
    }

    private int append(ByteBuffer bytes, int most) throws IOException {
      int length = Math.min(most, bytes.remaining());
      int written = file.append(bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + written);
      return written;
    }
  }
}
