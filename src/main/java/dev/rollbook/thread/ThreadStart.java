package dev.rollbook.thread;

import dev.rollbook.history.SessionMeta;
import dev.rollbook.live.Append;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RollbookException.PersistenceUnavailable;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.statedb.ThreadRows;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/// Makes a thread: its row, its rollout with the first line, and its place in memory.
@Component
class ThreadStart {
  private static final long FIRST_FREE_ORDINAL = 1;

  private final ThreadRows rows;
  private final LiveThreads live;
  private final Rollouts rollouts;
  private final ThreadViews views;
  private final ThreadNames names;
  private final Clock clock;
  private final String version;

  ThreadStart(
      ThreadRows rows,
      LiveThreads live,
      Rollouts rollouts,
      ThreadViews views,
      ThreadNames names,
      Clock clock,
      ObjectProvider<BuildProperties> build) {
    this.rows = rows;
    this.live = live;
    this.rollouts = rollouts;
    this.views = views;
    this.names = names;
    this.clock = clock;
    this.version =
        Optional.ofNullable(build.getIfAvailable()).map(BuildProperties::getVersion).orElse("0");
  }

  /// @param first items that the history begins with, after its `session_meta`
  /// @param resume what is to be told of the resume that led here
  Started start(NewThread wanted, List<RolloutItem> first, Started.@Nullable ResumeResult resume) {
    var id = wanted.id() == null ? ThreadId.next() : wanted.id();
    var existing = wanted.id() == null ? Optional.<ThreadRow>empty() : rows.findById(id.value());
    if (existing.isPresent()) {
      return new Started(views.of(existing.get()), false, resume);
    }
    var now = clock.instant();
    var meta = meta(id, wanted, now);
    var row = row(meta);
    try {
      rows.insert(row);
    } catch (DuplicateKeyException startedMeanwhile) {
      return new Started(views.of(rows.findById(id.value()).orElseThrow()), false, resume);
    }
    open(row, meta, first, now);
    if (wanted.name() != null) {
      names.named(id, wanted.name(), now);
    }
    return new Started(views.of(row), true, resume);
  }

  private void open(ThreadRow row, SessionMeta meta, List<RolloutItem> first, Instant now) {
    try {
      var thread = live.start(row, meta.toItem(version), now);
      if (!first.isEmpty()) {
        thread.append(Append.outsideTurns(first));
      }
    } catch (PersistenceUnavailable refused) {
      rows.remove(row.id());
      throw refused;
    }
  }

  private static SessionMeta meta(ThreadId id, NewThread wanted, Instant now) {
    return new SessionMeta(
        id,
        now,
        wanted.name(),
        wanted.source(),
        wanted.cwd(),
        wanted.model(),
        wanted.modelProvider(),
        wanted.cliVersion(),
        wanted.metadata(),
        wanted.persistence(),
        null);
  }

  private ThreadRow row(SessionMeta meta) {
    var path = rollouts.newRef(meta.id(), meta.createdAt()).name();
    return new ThreadRow(
        meta.id().value(),
        meta.name(),
        null,
        meta.source(),
        meta.cwd(),
        meta.model(),
        meta.modelProvider(),
        meta.cliVersion(),
        text(meta.metadata()),
        meta.persistence().wireName(),
        null,
        meta.createdAt(),
        meta.createdAt(),
        null,
        0,
        null,
        0,
        FIRST_FREE_ORDINAL,
        0,
        path,
        0,
        false,
        0);
  }

  private static @Nullable String text(@Nullable RawJson json) {
    return json == null ? null : json.toString();
  }
}
