package dev.rollbook.live;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.model.ThreadOptions;
import dev.rollbook.projection.GitState;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.projection.ThreadLineage;
import dev.rollbook.statedb.ThreadRow;
import dev.rollbook.text.RawJson;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.stereotype.Component;

/// Creates `session_meta`, the first line of a rollout, which contains the version of Rollbook.
@Component
public class SessionMetaFactory {
  private final String version;

  SessionMetaFactory(ObjectProvider<BuildProperties> build) {
    this.version =
        Optional.ofNullable(build.getIfAvailable()).map(BuildProperties::getVersion).orElse("0");
  }

  public RolloutItem of(SessionMeta thread) {
    return thread.toItem(version);
  }

  RolloutItem of(ThreadRow row) {
    return of(meta(row));
  }

  /// What a row states of the first line of its thread.
  public static SessionMeta meta(ThreadRow row) {
    var from = row.lineage().forkedFromId();
    return new SessionMeta(
        new ThreadId(row.id()),
        row.provenance().createdAt(),
        new ThreadOptions(
            row.attributes().name(),
            row.provenance().cwd(),
            row.activity().model(),
            row.provenance().modelProvider(),
            row.provenance().source(),
            row.provenance().cliVersion(),
            PersistencePolicy.parse(row.provenance().persistence()),
            RawJson.ofNullable(row.attributes().metadata())),
        ThreadLineage.forkOf(from == null ? null : new ThreadId(from), null),
        GitState.of(row.provenance().git()),
        row.provenance().owner());
  }
}
