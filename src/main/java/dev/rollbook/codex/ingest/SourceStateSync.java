package dev.rollbook.codex.ingest;

import dev.rollbook.access.Access;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.event.Event.NameUpdated;
import dev.rollbook.event.EventBus;
import dev.rollbook.model.ThreadId;
import dev.rollbook.redaction.Redaction;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.thread.ThreadService;
import java.time.Clock;
import org.springframework.stereotype.Component;

/// Updates imported threads with state that Codex stores outside of rollouts: the name of a thread,
/// and whether it is archived.
@Component
public class SourceStateSync {
  private final ThreadService threads;
  private final ThreadRepository rows;
  private final SessionIndex index;
  private final EventBus events;
  private final Redaction redaction;
  private final Clock clock;

  SourceStateSync(
      ThreadService threads,
      ThreadRepository rows,
      SessionIndex index,
      EventBus events,
      Redaction redaction,
      Clock clock) {
    this.threads = threads;
    this.rows = rows;
    this.index = index;
    this.events = events;
    this.redaction = redaction;
    this.clock = clock;
  }

  /// Archives or unarchives the thread of a file that Codex has moved. A thread that was archived
  /// only in Rollbook stays archived.
  ///
  /// @param before whether the file was archived when it was looked at the last time
  /// @throws dev.rollbook.model.RollbookException if the thread cannot be changed now
  public void syncArchived(Access access, SourceFile file, boolean before) {
    if (file.archived() && !before) {
      threads.archive(access, file.thread());
    } else if (before && !file.archived()) {
      threads.unarchive(access, file.thread());
    }
  }

  /// Sets the name of a thread in its row and in `session_index.jsonl`, unless the thread has a
  /// later name. The rollout is not changed.
  public void syncName(Access access, ThreadId thread, Named given) {
    var owner = rows.ownerOf(thread.value()).filter(access::sees);
    var name = redaction.text(given.name());
    if (owner.isPresent() && rows.name(thread.value(), name, given.at()) == 1) {
      index.named(thread, name, given.at());
      events.publish(owner.get(), new NameUpdated(thread, name), clock.instant());
    }
  }
}
