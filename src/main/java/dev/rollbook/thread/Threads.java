package dev.rollbook.thread;

import dev.rollbook.event.Event.Archived;
import dev.rollbook.event.Event.NameUpdated;
import dev.rollbook.event.Event.Unarchived;
import dev.rollbook.event.Events;
import dev.rollbook.history.ThreadEvents;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RollbookException.PreconditionFailed;
import dev.rollbook.model.RollbookException.ThreadNotFound;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutGoneException;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.rollout.StorageFaults;
import dev.rollbook.statedb.ThreadListing;
import dev.rollbook.statedb.ThreadQuery;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// What can be done to a thread.
@Service
public class Threads {
  private final ThreadStart start;
  private final Resume resume;
  private final ThreadViews views;
  private final ThreadNames names;
  private final ThreadRows rows;
  private final ThreadListing listing;
  private final LiveThreads live;
  private final Rollouts rollouts;
  private final Events events;
  private final Clock clock;

  Threads(
      ThreadStart start,
      Resume resume,
      ThreadViews views,
      ThreadNames names,
      ThreadRows rows,
      ThreadListing listing,
      LiveThreads live,
      Rollouts rollouts,
      Events events,
      Clock clock) {
    this.start = start;
    this.resume = resume;
    this.views = views;
    this.names = names;
    this.rows = rows;
    this.listing = listing;
    this.live = live;
    this.rollouts = rollouts;
    this.events = events;
    this.clock = clock;
  }

  public Started start(NewThread wanted) {
    return start.start(wanted, List.of(), null);
  }

  /// Goes on with a thread or, where that cannot be, starts a fresh one that says why.
  public Started startByResuming(ThreadId requested, NewThread otherwise) {
    var failure = resume.attempt(requested);
    if (failure.isEmpty()) {
      return new Started(get(requested), false, new Started.Resumed());
    }
    var reason = failure.get();
    var told = new Started.ResumeFailed(requested, reason, reason.message(requested));
    var event = ThreadEvents.resumeFailed(requested, reason, told.message());
    return start.start(otherwise, List.of(event), told);
  }

  /// @throws RollbookException that names the obstacle
  public ThreadView resume(ThreadId id) {
    Optional<ResumeFailure> failure = resume.attempt(id);
    if (failure.isPresent()) {
      throw Resume.problem(id, failure.get());
    }
    return get(id);
  }

  public ThreadView get(ThreadId id) {
    return views.of(row(id));
  }

  public List<ThreadView> list(ThreadQuery query) {
    return listing.page(query).stream().map(views::of).toList();
  }

  /// Changes what a person calls the thread; the rollout is told of it.
  ///
  /// @param expectedRevision that the caller read; null for any
  public ThreadView describe(
      ThreadId id, @Nullable Integer expectedRevision, Description.Change change) {
    var row = row(id);
    if (expectedRevision != null && expectedRevision != row.revision()) {
      throw new PreconditionFailed(id, "\"%d\"".formatted(row.revision()));
    }
    var now = clock.instant();
    var before = new Description(row.name(), row.metadata(), row.pinned());
    var after = change.apply(before);
    if (after.equals(before)) {
      return get(id);
    }
    if (describe(row, after, now, row.revision()) == 0) {
      throw new PreconditionFailed(id, "\"%d\"".formatted(row(id).revision()));
    }
    try {
      note(id, before, after, now);
    } catch (PersistenceUnavailable refused) {
      describe(row, before, now, row.revision() + 1);
      throw refused;
    }
    return get(id);
  }

  public ThreadView archive(ThreadId id) {
    var row = row(id);
    if (row.archivedAt() == null) {
      var now = clock.instant();
      live.exclusively(id, () -> relocate(id, now, now));
    }
    return get(id);
  }

  /// The same for who decides by the thread as it is while nobody writes it.
  ///
  /// @return whether it was archived
  public boolean archiveIf(ThreadId id, Predicate<ThreadRow> wanted) {
    var now = clock.instant();
    return live.exclusively(id, () -> wanted.test(row(id)) && relocate(id, now, now) > 0);
  }

  public ThreadView unarchive(ThreadId id) {
    var row = row(id);
    if (row.archivedAt() != null) {
      var now = clock.instant();
      live.exclusively(id, () -> relocate(id, null, now));
    }
    return get(id);
  }

  /// Forces and closes the thread's rollout. What a running turn still appends is skipped.
  public ThreadView shutDown(ThreadId id) {
    row(id);
    live.shutDown(id);
    return get(id);
  }

  /// Closes the thread's rollout without waiting for the disk.
  public ThreadView discard(ThreadId id) {
    row(id);
    live.discard(id);
    return get(id);
  }

  /// Removes rollout and rows. The file goes first: a thread that is deleted must not come back
  /// from its rollout.
  public void delete(ThreadId id) {
    deleteIf(id, row -> true);
  }

  /// The same for who decides by the thread as it is while nobody writes it.
  ///
  /// @return whether it was deleted
  public boolean deleteIf(ThreadId id, Predicate<ThreadRow> wanted) {
    row(id);
    return live.delete(
        id,
        () -> {
          var row = row(id);
          if (!wanted.test(row)) {
            return false;
          }
          rollouts.delete(ref(row));
          rows.remove(id.value());
          return true;
        });
  }

  private int describe(ThreadRow row, Description to, Instant now, int revision) {
    return rows.describe(row.id(), to.name(), to.metadata(), to.pinned(), now, revision);
  }

  private void note(ThreadId id, Description before, Description after, Instant now) {
    if (!Objects.equals(before.name(), after.name())) {
      live.with(
          id,
          thread ->
              thread.note(
                  ThreadEvents.nameUpdated(id, after.name()), new NameUpdated(id, after.name())));
      names.named(id, after.name(), now);
    }
    if (!Objects.equals(before.metadata(), after.metadata())) {
      var metadata = RawJson.of(after.metadata() == null ? "{}" : after.metadata());
      live.with(id, thread -> thread.note(ThreadEvents.metadataUpdated(id, metadata), null));
    }
    if (before.pinned() != after.pinned()) {
      live.with(id, thread -> thread.note(ThreadEvents.pinUpdated(id, after.pinned()), null));
    }
  }

  /// File and row move together: where the row cannot, the file goes back.
  private int relocate(ThreadId id, @Nullable Instant archivedAt, Instant now) {
    var from = ref(row(id));
    var to = moved(from, archivedAt);
    try {
      int rowsMoved = rows.move(id.value(), archivedAt, to.name(), now);
      events.publish(archivedAt == null ? new Unarchived(id) : new Archived(id), now);
      return rowsMoved;
    } catch (RuntimeException failed) {
      moved(to, archivedAt == null ? now : null);
      throw failed;
    }
  }

  private RolloutRef moved(RolloutRef from, @Nullable Instant archivedAt) {
    try {
      return archivedAt == null ? rollouts.unarchive(from) : rollouts.archive(from, archivedAt);
    } catch (RolloutGoneException gone) {
      throw Resume.problem(from.thread(), ResumeFailure.ROLLOUT_MISSING);
    } catch (IOException failed) {
      throw StorageFaults.unavailable(from.thread(), failed);
    }
  }

  private ThreadRow row(ThreadId id) {
    return live.row(id).orElseThrow(() -> new ThreadNotFound(id));
  }

  private RolloutRef ref(ThreadRow row) {
    return rollouts.ref(new ThreadId(row.id()), row.rolloutPath());
  }
}
