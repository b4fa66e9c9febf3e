package dev.rollbook.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Does together what arrives while something is being done, in the order of arrival.
///
/// Who finds nobody at it leads: it does its own, and with it all that waits by then. The first of
/// those that came meanwhile leads next. So what costs as much for one as for many is paid once for
/// many, and nobody waits for a group that it is not in.
///
/// @param <W> what is wanted
/// @param <R> what becomes of it
final class GroupCommit<W, R> {
  static final int MOST = 256;
  static final int MOST_BYTES = 1024 * 1024;

  private final Work<W, R> work;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Deque<Place<W, R>> waiting = new ArrayDeque<>();

  @GuardedBy("lock")
  private boolean led;

  GroupCommit(Work<W, R> work) {
    this.work = work;
  }

  /// Does what a group wants, and leaves in each place what became of it.
  interface Work<W, R> {
    /// @param group those that wait when it is first asked for; if this throws, none of them gets
    ///   anything else
    void run(Supplier<List<Place<W, R>>> group);
  }

  /// Waits until it is done, interrupted or not; an interrupt is left to the caller.
  ///
  /// @param bytes that it brings along: a group ends before it has too many
  R submit(W wanted, int bytes) {
    var place = new Place<W, R>(wanted, bytes);
    if (leadsAtOnce(place) || place.isCalledToLead()) {
      lead();
    }
    return place.result();
  }

  /// How many wait for somebody else's group to end.
  int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  private boolean leadsAtOnce(Place<W, R> place) {
    lock.lock();
    try {
      waiting.addLast(place);
      boolean leads = !led;
      led = true;
      return leads;
    } finally {
      lock.unlock();
    }
  }

  private void lead() {
    var round = new Round();
    try {
      work.run(round);
    } catch (RuntimeException failed) {
      round.fail(() -> failed);
    } finally {
      round.end();
    }
  }

  /// The leader is always the first of them.
  private List<Place<W, R>> take() {
    lock.lock();
    try {
      var group = new ArrayList<Place<W, R>>(waiting.size());
      long bytes = 0;
      do {
        var next = waiting.removeFirst();
        group.add(next);
        bytes += next.bytes;
      } while (group.size() < MOST && fits(waiting.peekFirst(), bytes));
      return group;
    } finally {
      lock.unlock();
    }
  }

  private boolean fits(@Nullable Place<W, R> next, long bytes) {
    return next != null && bytes + next.bytes <= MOST_BYTES;
  }

  private void handOver() {
    lock.lock();
    try {
      var next = waiting.peekFirst();
      led = next != null;
      if (next != null) {
        next.called.complete(true);
      }
    } finally {
      lock.unlock();
    }
  }

  /// A group, from when it is taken to when all of it know what became of them.
  private final class Round implements Supplier<List<Place<W, R>>> {
    private @Nullable List<Place<W, R>> group;

    @Override
    public List<Place<W, R>> get() {
      if (group == null) {
        group = take();
      }
      return group;
    }

    void fail(Supplier<RuntimeException> failure) {
      get().stream()
          .filter(place -> !place.isSettled())
          .forEach(place -> place.fail(failure.get()));
    }

    /// Those who are told first come again while this one still leads, and make a larger group.
    void end() {
      fail(() -> new IllegalStateException("nothing became of it"));
      get().forEach(place -> place.called.complete(false));
      handOver();
    }
  }

  /// Where somebody waits, with what it wants and what became of it.
  static final class Place<W, R> {
    private final W wanted;
    private final int bytes;

    /// True to lead the next group, false if all is done.
    private final CompletableFuture<Boolean> called = new CompletableFuture<>();

    private @Nullable R result;
    private @Nullable RuntimeException failure;

    private Place(W wanted, int bytes) {
      this.wanted = wanted;
      this.bytes = bytes;
    }

    W wanted() {
      return wanted;
    }

    /// Keeps what an action returns, or throws, for whoever waits here.
    void settle(Supplier<R> action) {
      try {
        result = action.get();
      } catch (RuntimeException own) {
        failure = own;
      }
    }

    /// Whether what became of it is what is asked for.
    boolean became(Predicate<R> what) {
      return result != null && what.test(result);
    }

    private void fail(RuntimeException of) {
      failure = of;
    }

    private boolean isSettled() {
      return result != null || failure != null;
    }

    private boolean isCalledToLead() {
      return called.join();
    }

    private R result() {
      if (failure != null) {
        throw failure;
      }
      return Objects.requireNonNull(result);
    }
  }
}
