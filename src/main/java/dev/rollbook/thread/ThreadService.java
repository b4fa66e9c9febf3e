package dev.rollbook.thread;

import dev.rollbook.event.Event.Archived;
import dev.rollbook.event.Event.NameUpdated;
import dev.rollbook.event.Event.Unarchived;
import dev.rollbook.event.EventBus;
import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.Facets;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException.PreconditionFailed;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ThreadEvents;
import dev.rollbook.reconcile.ThreadDeletion;
import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.datadir.Tombstones.Cause;
import dev.rollbook.rollout.disk.StorageFaults;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.listing.ThreadFacets;
import dev.rollbook.statedb.listing.ThreadListing;
import dev.rollbook.text.RawJson;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// Service for threads: start, resume, list, describe, archive, shut down, discard, delete.
@Service
public class ThreadService {
  private final ThreadStarter start;
  private final ThreadResumer resume;
  private final ThreadViews views;
  private final SessionIndex names;
  private final ThreadRepository rows;
  private final ThreadListing listing;
  private final ThreadFacets facets;
  private final LiveThreads live;
  private final ThreadDeletion deletion;
  private final Rollouts rollouts;
  private final EventBus events;
  private final Clock clock;

  ThreadService(
      ThreadStarter start,
      ThreadResumer resume,
      ThreadViews views,
      SessionIndex names,
      ThreadRepository rows,
      ThreadListing listing,
      ThreadFacets facets,
      LiveThreads live,
      ThreadDeletion deletion,
      Rollouts rollouts,
      EventBus events,
      Clock clock) {
    this.start = start;
    this.resume = resume;
    this.views = views;
    this.names = names;
    this.rows = rows;
    this.listing = listing;
    this.facets = facets;
    this.live = live;
    this.deletion = deletion;
    this.rollouts = rollouts;
    this.events = events;
    this.clock = clock;
  }

  public StartResult start(NewThread wanted) {
    return start.start(wanted, List.of(), null);
  }

  /// Resumes a thread or, if that is impossible, starts a new one with a note that says why.
  public StartResult startByResuming(ThreadId requested, NewThread otherwise) {
    var failure = resume.attempt(requested);
    if (failure.isEmpty()) {
      return new StartResult(get(requested), false, new StartResult.Resumed());
    }
    var reason = failure.get();
    var told = new StartResult.ResumeFailed(requested.value(), reason, reason.message(requested));
    var event = ThreadEvents.resumeFailed(requested, reason, told.message());
    return start.start(otherwise, List.of(event), told);
  }

  /// @throws RollbookException that names the obstacle
  public ThreadView resume(ThreadId id) {
    Optional<ResumeFailure> failure = resume.attempt(id);
    if (failure.isPresent()) {
      throw ThreadResumer.problem(id, failure.get());
    }
    return get(id);
  }

  public ThreadView get(ThreadId id) {
    return views.of(row(id));
  }

  /// @throws InvalidRequest if the cursor does not belong to the order
  public List<ThreadView> list(ThreadListQuery query) {
    var rowQuery = query.rows();
    var status = query.filter().status();
    if (status != null) {
      views.filter(rowQuery.filter(), status);
    }
    return listing.page(rowQuery).stream().map(views::of).toList();
  }

  /// The values that lists can be filtered by, with the number of threads that have each.
  ///
  /// @param kind a `ThreadKind`; null for all
  /// @param limit maximum number of values for each member; the most frequent are returned
  public Facets facets(boolean archived, @Nullable String kind, int limit) {
    return facets.of(archived, kind, limit);
  }

  /// Changes name, metadata or pin of a thread.
  ///
  /// The change is appended to the rollout as a note, like any append; the row is updated
  /// afterwards.
  ///
  /// @param expected tests the current tag of the thread
  /// @throws PreconditionFailed if the test fails
  public DescribeResult describe(
      ThreadId id, Predicate<String> expected, UnaryOperator<ThreadDescription> change) {
    return live.with(id, thread -> thread.describing(() -> describe(id, thread, expected, change)));
  }

  private DescribeResult describe(
      ThreadId id,
      LiveThread thread,
      Predicate<String> expected,
      UnaryOperator<ThreadDescription> change) {
    var row = row(id);
    var current = views.of(row);
    if (!expected.test(current.tag())) {
      throw new PreconditionFailed(id, current.tag());
    }
    var before = current.description();
    var after = change.apply(before);
    if (after.equals(before)) {
      return new DescribeResult(current, null);
    }
    boolean renamed = !Objects.equals(before.name(), after.name());
    var namedAt = nameTime(row);
    var outcome =
        thread.note(
            notes(id, before, after, namedAt), renamed ? new NameUpdated(id, after.name()) : null);
    if (renamed) {
      names.named(id, after.name(), namedAt);
    }
    return new DescribeResult(live.save(thread) ? get(id) : views.of(row), outcome);
  }

  /// Time of a new name. Always later than that of the name it replaces, because the latest name
  /// wins, even if the clock was set back.
  private Instant nameTime(ThreadRow row) {
    var now = clock.instant();
    var next = row.attributes().namedAt() == null ? now : row.attributes().namedAt().plusMillis(1);
    return (now.isAfter(next) ? now : next).truncatedTo(ChronoUnit.MILLIS);
  }

  private static List<RolloutItem> notes(
      ThreadId id, ThreadDescription before, ThreadDescription after, Instant namedAt) {
    var notes = new ArrayList<RolloutItem>();
    if (!Objects.equals(before.name(), after.name())) {
      notes.add(ThreadEvents.nameUpdated(id, after.name(), namedAt));
    }
    if (!Objects.equals(before.metadata(), after.metadata())) {
      var metadata = RawJson.of(after.metadata() == null ? "{}" : after.metadata());
      notes.add(ThreadEvents.metadataUpdated(id, metadata));
    }
    if (before.pinned() != after.pinned()) {
      notes.add(ThreadEvents.pinUpdated(id, after.pinned()));
    }
    return notes;
  }

  public ThreadView archive(ThreadId id) {
    var row = row(id);
    if (row.attributes().archivedAt() == null) {
      var now = clock.instant();
      live.exclusively(id, () -> relocate(id, now, now));
    }
    return get(id);
  }

  /// Archives a thread if a condition holds, checked under the lock of the thread.
  ///
  /// @return whether it was archived
  public boolean archiveIf(ThreadId id, Predicate<ThreadRow> wanted) {
    var now = clock.instant();
    return live.exclusively(id, () -> wanted.test(row(id)) && relocate(id, now, now) > 0);
  }

  public ThreadView unarchive(ThreadId id) {
    var row = row(id);
    if (row.attributes().archivedAt() != null) {
      var now = clock.instant();
      live.exclusively(id, () -> relocate(id, null, now));
    }
    return get(id);
  }

  /// Syncs and closes the rollout of a thread. Further appends of a running turn are skipped.
  public ThreadView shutDown(ThreadId id) {
    row(id);
    live.shutDown(id);
    return get(id);
  }

  /// Closes the rollout of a thread without a sync.
  public ThreadView discard(ThreadId id) {
    row(id);
    live.discard(id);
    return get(id);
  }

  /// Deletes the rollout and the rows of a thread.
  ///
  /// @throws PersistenceUnavailable if the deletion cannot be made durable; then nothing was
  ///   deleted
  public void delete(ThreadId id) {
    deleteIf(id, Cause.REQUEST, row -> true);
  }

  /// Deletes a thread if a condition holds, checked under the lock of the thread.
  ///
  /// @return whether it was deleted
  public boolean deleteIf(ThreadId id, Cause cause, Predicate<ThreadRow> wanted) {
    row(id);
    return live.delete(
        id,
        () -> {
          var row = row(id);
          if (!wanted.test(row)) {
            return false;
          }
          deletion.delete(ref(row), cause);
          return true;
        });
  }

  /// Moves the file and updates the row. If the update fails, the file is moved back.
  private int relocate(ThreadId id, @Nullable Instant archivedAt, Instant now) {
    var from = ref(row(id));
    var to = moved(from, archivedAt);
    try {
      int rowsMoved = rows.move(id.value(), archivedAt, to.name(), now);
      events.publish(archivedAt == null ? new Unarchived(id) : new Archived(id), now);
      return rowsMoved;
    } catch (RuntimeException e) {
      moved(to, archivedAt == null ? now : null);
      throw e;
    }
  }

  private RolloutRef moved(RolloutRef from, @Nullable Instant archivedAt) {
    try {
      return archivedAt == null ? rollouts.unarchive(from) : rollouts.archive(from, archivedAt);
    } catch (RolloutGoneException e) {
      throw ThreadResumer.problem(from.thread(), ResumeFailure.ROLLOUT_MISSING);
    } catch (IOException e) {
      throw StorageFaults.unavailable(from.thread(), e);
    }
  }

  private ThreadRow row(ThreadId id) {
    return live.row(id).orElseThrow(() -> new ThreadNotFound(id));
  }

  private RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
  }
}
