package dev.rollbook.thread;

import dev.rollbook.access.Access;
import dev.rollbook.event.Event.Archived;
import dev.rollbook.event.Event.NameUpdated;
import dev.rollbook.event.Event.Unarchived;
import dev.rollbook.event.EventBus;
import dev.rollbook.live.LiveThread;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.Facets;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException;
import dev.rollbook.model.RollbookException.PreconditionFailed;
import dev.rollbook.model.RollbookException.RolloutUnusable;
import dev.rollbook.model.RollbookException.ThreadArchived;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.ThreadChangeItems;
import dev.rollbook.reconcile.ThreadDeletion;
import dev.rollbook.reconcile.ThreadLookup;
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
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/// Service for threads: start, resume, list, change, archive, shut down, discard, delete.
@Service
public class ThreadService {
  private static final Logger log = LoggerFactory.getLogger(ThreadService.class);

  private final ThreadStarter start;
  private final ThreadLookup lookup;
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
  private final MeterProvider<Counter> resumes;

  ThreadService(
      ThreadStarter start,
      ThreadLookup lookup,
      ThreadViews views,
      SessionIndex names,
      ThreadRepository rows,
      ThreadListing listing,
      ThreadFacets facets,
      LiveThreads live,
      ThreadDeletion deletion,
      Rollouts rollouts,
      EventBus events,
      Clock clock,
      MeterRegistry registry) {
    this.start = start;
    this.lookup = lookup;
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
    this.resumes =
        Counter.builder("threads.resumed")
            .description("Resumes that clients requested")
            .baseUnit("threads")
            .withRegistry(registry);
    // All reasons are registered at once, so that rates can be computed from the start.
    count(Optional.empty(), 0);
    for (var reason : ResumeFailure.values()) {
      count(Optional.of(reason), 0);
    }
  }

  public StartResult start(Access access, NewThread wanted) {
    return start.start(access, wanted, List.of(), null);
  }

  /// Resumes a thread or, if that is impossible, starts a new one with a note that says why.
  public StartResult startByResuming(Access access, ThreadId requested, NewThread otherwise) {
    var failure = open(access, requested);
    if (failure.isEmpty()) {
      return new StartResult(get(access, requested), false, new StartResult.Resumed());
    }
    var reason = failure.get();
    var told = new StartResult.ResumeFailed(requested.value(), reason, reason.message(requested));
    var event = ThreadChangeItems.resumeFailed(requested, reason, told.message());
    return start.start(access, otherwise, List.of(event), told);
  }

  /// @throws RollbookException that names the obstacle
  public ThreadView resume(Access access, ThreadId id) {
    var failure = open(access, id);
    if (failure.isPresent()) {
      throw problem(id, failure.get());
    }
    return get(access, id);
  }

  /// Opens the thread, or returns why it cannot be resumed.
  private Optional<ResumeFailure> open(Access access, ThreadId id) {
    var failure = obstacle(access, id);
    if (failure.isEmpty()) {
      live.with(access, id, LiveThread::resume);
    }
    count(failure, 1);
    return failure;
  }

  private static RollbookException problem(ThreadId id, ResumeFailure failure) {
    return switch (failure) {
      case THREAD_NOT_FOUND -> new ThreadNotFound(id);
      case THREAD_ARCHIVED -> new ThreadArchived(id);
      case ROLLOUT_MISSING, ROLLOUT_EMPTY, ROLLOUT_UNREADABLE -> new RolloutUnusable(id, failure);
    };
  }

  private Optional<ResumeFailure> obstacle(Access access, ThreadId id) {
    lookup.followFile(id);
    var row = lookup.find(id).filter(found -> access.sees(found.provenance().owner()));
    if (row.isEmpty()) {
      return Optional.of(ResumeFailure.THREAD_NOT_FOUND);
    }
    if (row.get().attributes().archivedAt() != null) {
      return Optional.of(ResumeFailure.THREAD_ARCHIVED);
    }
    try {
      return rollouts.check(ref(row.get()));
    } catch (IOException e) {
      log.debug("rollout of thread {} cannot be read", id, e);
      return Optional.of(ResumeFailure.ROLLOUT_UNREADABLE);
    }
  }

  private void count(Optional<ResumeFailure> failure, int times) {
    var outcome = failure.isEmpty() ? "resumed" : "failed";
    var reason = failure.map(ResumeFailure::wireName).orElse("none");
    resumes.withTags("outcome", outcome, "reason", reason).increment(times);
  }

  public ThreadView get(Access access, ThreadId id) {
    return views.of(row(access, id));
  }

  /// @throws InvalidRequest if the cursor does not belong to the order
  public List<ThreadView> list(Access access, ThreadListQuery query) {
    var rowQuery = query.rows(access);
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
  public Facets facets(Access access, boolean archived, @Nullable String kind, int limit) {
    return facets.of(access, archived, kind, limit);
  }

  /// Changes name, metadata or pin of a thread.
  ///
  /// The change is appended to the rollout as a note, like any append; the row is updated
  /// afterwards.
  ///
  /// @param expected tests the current tag of the thread
  /// @throws PreconditionFailed if the test fails
  public ChangeResult change(
      Access access,
      ThreadId id,
      Predicate<String> expected,
      UnaryOperator<ThreadDescription> change) {
    return live.with(
        access,
        id,
        thread -> thread.describing(() -> change(access, id, thread, expected, change)));
  }

  private ChangeResult change(
      Access access,
      ThreadId id,
      LiveThread thread,
      Predicate<String> expected,
      UnaryOperator<ThreadDescription> change) {
    var row = row(access, id);
    var current = views.of(row);
    if (!expected.test(current.tag())) {
      throw new PreconditionFailed(id, current.tag());
    }
    var before = current.description();
    var after = change.apply(before);
    if (after.equals(before)) {
      return new ChangeResult(current, null);
    }
    boolean renamed = !Objects.equals(before.name(), after.name());
    var namedAt = nameTime(row);
    var outcome =
        thread.note(
            notes(id, before, after, namedAt), renamed ? new NameUpdated(id, after.name()) : null);
    if (renamed) {
      names.named(id, after.name(), namedAt);
    }
    return new ChangeResult(live.save(thread) ? get(access, id) : views.of(row), outcome);
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
      notes.add(ThreadChangeItems.nameUpdated(id, after.name(), namedAt));
    }
    if (!Objects.equals(before.metadata(), after.metadata())) {
      var metadata = RawJson.of(after.metadata() == null ? "{}" : after.metadata());
      notes.add(ThreadChangeItems.metadataUpdated(id, metadata));
    }
    if (before.pinned() != after.pinned()) {
      notes.add(ThreadChangeItems.pinUpdated(id, after.pinned()));
    }
    return notes;
  }

  public ThreadView archive(Access access, ThreadId id) {
    var row = row(access, id);
    if (row.attributes().archivedAt() == null) {
      var now = clock.instant();
      live.exclusively(access, id, () -> relocate(id, now, now));
    }
    return get(access, id);
  }

  /// Archives a thread if a condition holds, checked under the lock of the thread.
  ///
  /// @return whether it was archived
  public boolean archiveIf(ThreadId id, Predicate<ThreadRow> wanted) {
    var now = clock.instant();
    return live.exclusively(
        Access.ALL, id, () -> wanted.test(row(id)) && relocate(id, now, now) > 0);
  }

  public ThreadView unarchive(Access access, ThreadId id) {
    var row = row(access, id);
    if (row.attributes().archivedAt() != null) {
      var now = clock.instant();
      live.exclusively(access, id, () -> relocate(id, null, now));
    }
    return get(access, id);
  }

  /// Syncs and closes the rollout of a thread. Further appends of a running turn are skipped.
  public ThreadView shutDown(Access access, ThreadId id) {
    row(access, id);
    live.shutDown(access, id);
    return get(access, id);
  }

  /// Closes the rollout of a thread without a sync.
  public ThreadView discard(Access access, ThreadId id) {
    row(access, id);
    live.discard(access, id);
    return get(access, id);
  }

  /// Deletes the rollout and the rows of a thread.
  ///
  /// @throws PersistenceUnavailable if the deletion cannot be made durable; then nothing was
  ///   deleted
  public void delete(Access access, ThreadId id) {
    row(access, id);
    deleteIf(access, id, Cause.REQUEST, row -> true);
  }

  /// Deletes a thread if a condition holds, checked under the lock of the thread.
  ///
  /// @return whether it was deleted
  public boolean deleteIf(ThreadId id, Cause cause, Predicate<ThreadRow> wanted) {
    row(id);
    return deleteIf(Access.ALL, id, cause, wanted);
  }

  private boolean deleteIf(Access access, ThreadId id, Cause cause, Predicate<ThreadRow> wanted) {
    return live.delete(
        access,
        id,
        () -> {
          var row = row(id);
          if (!wanted.test(row)) {
            return false;
          }
          deletion.delete(ref(row), row.provenance().owner(), cause);
          return true;
        });
  }

  /// Moves the file and updates the row. If the update fails, the file is moved back.
  private int relocate(ThreadId id, @Nullable Instant archivedAt, Instant now) {
    var row = row(id);
    var from = ref(row);
    var to = moved(from, archivedAt);
    try {
      int rowsMoved = rows.move(id.value(), archivedAt, to.name(), now);
      events.publish(
          row.provenance().owner(),
          archivedAt == null ? new Unarchived(id) : new Archived(id),
          now);
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
      throw problem(from.thread(), ResumeFailure.ROLLOUT_MISSING);
    } catch (IOException e) {
      throw StorageFaults.unavailable(from.thread(), e);
    }
  }

  private ThreadRow row(ThreadId id) {
    return row(Access.ALL, id);
  }

  private ThreadRow row(Access access, ThreadId id) {
    return live.row(access, id).orElseThrow(() -> new ThreadNotFound(id));
  }

  private RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.storage().rolloutPath());
  }
}
