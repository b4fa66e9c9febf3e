package dev.rollbook.live;

import dev.rollbook.model.PersistencePolicy;
import dev.rollbook.model.RawJson;
import dev.rollbook.model.RolloutItem;
import dev.rollbook.model.ThreadId;
import dev.rollbook.projection.GitState;
import dev.rollbook.projection.SessionMeta;
import dev.rollbook.projection.ThreadLineage;
import dev.rollbook.statedb.ThreadRow;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.stereotype.Component;

/// Creates the first line of a rollout, `session_meta`, with the version of this build.
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
    return of(
        new SessionMeta(
            new ThreadId(row.id()),
            row.provenance().createdAt(),
            row.attributes().name(),
            row.provenance().source(),
            row.provenance().cwd(),
            row.activity().model(),
            row.provenance().modelProvider(),
            row.provenance().cliVersion(),
            row.attributes().metadata() == null ? null : RawJson.of(row.attributes().metadata()),
            PersistencePolicy.parse(row.provenance().persistence()),
            ThreadLineage.forkOf(
                row.lineage().forkedFromId() == null
                    ? null
                    : new ThreadId(row.lineage().forkedFromId()),
                null),
            GitState.of(row.provenance().git())));
  }
}
