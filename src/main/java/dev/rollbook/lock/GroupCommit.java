package dev.rollbook.lock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Group commit with leader election, in the order of arrival.
///
/// A caller that finds no leader becomes the leader. The leader processes the queued requests as
/// one group, up to a limit of requests and bytes. Then the first caller that is still queued
/// becomes the leader of the next group. So a cost that does not depend on the number of requests,
/// such as an fsync, is paid once per group. A leader leads only one group, so a caller returns as
/// soon as its own request is done.
///
/// @param <W> type of a request
/// @param <R> type of a result
public final class GroupCommit<W, R> {
  static final int MAX_GROUP_SIZE = 256;
  static final int MAX_GROUP_BYTES = 1024 * 1024;

  private final Work<W, R> work;

  @GuardedBy("this")
  private final Deque<Entry<W, R>> queue = new ArrayDeque<>();

  @GuardedBy("this")
  private boolean hasLeader;

  public GroupCommit(Work<W, R> work) {
    this.work = work;
  }

  /// Processes a group, and completes each of its entries.
  public interface Work<W, R> {
    /// @param group the requests that are queued when it is first called; if the work throws, that
    ///   is the result of all entries without one
    void run(Supplier<List<Entry<W, R>>> group);
  }

  /// Blocks until the request is done. An interrupt does not end the wait; its flag stays set.
  ///
  /// @param bytes of the request, of which a group has a limited number
  public R submit(W request, int bytes) {
    var entry = new Entry<W, R>(request, bytes);
    if (enqueue(entry) || entry.mustLead.join()) {
      lead();
    }
    return entry.result();
  }

  /// Number of requests that wait for another group to end.
  public synchronized int waiting() {
    return queue.size();
  }

  /// @return whether the caller is the leader
  private synchronized boolean enqueue(Entry<W, R> entry) {
    queue.addLast(entry);
    boolean leads = !hasLeader;
    hasLeader = true;
    return leads;
  }

  private void lead() {
    var group = new Group();
    try {
      work.run(group);
    } catch (RuntimeException e) {
      group.fail(() -> e);
    } finally {
      group.end();
    }
  }

  /// The leader's own entry is always the first.
  private synchronized List<Entry<W, R>> take() {
    var group = new ArrayList<Entry<W, R>>(queue.size());
    long bytes = 0;
    do {
      var next = queue.removeFirst();
      group.add(next);
      bytes += next.bytes;
    } while (group.size() < MAX_GROUP_SIZE && fits(queue.peekFirst(), bytes));
    return group;
  }

  private boolean fits(@Nullable Entry<W, R> next, long bytes) {
    return next != null && bytes + next.bytes <= MAX_GROUP_BYTES;
  }

  private synchronized void electNext() {
    var next = queue.peekFirst();
    hasLeader = next != null;
    if (next != null) {
      next.mustLead.complete(true);
    }
  }

  /// Taken from the queue when it is first asked for.
  private final class Group implements Supplier<List<Entry<W, R>>> {
    private @Nullable List<Entry<W, R>> entries;

    @Override
    public List<Entry<W, R>> get() {
      if (entries == null) {
        entries = take();
      }
      return entries;
    }

    void fail(Supplier<RuntimeException> failure) {
      get().stream()
          .filter(entry -> entry.result == null && entry.failure == null)
          .forEach(entry -> entry.failure = failure.get());
    }

    /// Wakes the callers before it elects the next leader: those who submit again at once are in
    /// the next group, which gets larger.
    void end() {
      fail(() -> new IllegalStateException("the request was not processed"));
      get().forEach(entry -> entry.mustLead.complete(false));
      electNext();
    }
  }

  /// A queued request and its result.
  public static final class Entry<W, R> {
    private final W request;
    private final int bytes;

    /// Completed with true to lead the next group, or with false once the result is there.
    private final CompletableFuture<Boolean> mustLead = new CompletableFuture<>();

    private @Nullable R result;
    private @Nullable RuntimeException failure;

    private Entry(W request, int bytes) {
      this.request = request;
      this.bytes = bytes;
    }

    public W request() {
      return request;
    }

    /// Sets the result to what an action returns or throws.
    public void complete(Supplier<R> action) {
      try {
        result = action.get();
      } catch (RuntimeException e) {
        failure = e;
      }
    }

    public boolean hasResult(Predicate<R> condition) {
      return result != null && condition.test(result);
    }

    private R result() {
      if (failure != null) {
        throw failure;
      }
      return Objects.requireNonNull(result);
    }
  }
}
