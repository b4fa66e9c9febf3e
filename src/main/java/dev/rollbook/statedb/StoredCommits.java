package dev.rollbook.statedb;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/// Has H2 store what was committed, at most half a second late, and a last time when the service
/// stops. Other databases do that by themselves.
@Component
class StoredCommits implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(StoredCommits.class);

  /// Stopped after who writes the last rows.
  private static final int PHASE = -1;

  private final @Nullable OneWriter writer;
  private volatile boolean running;

  StoredCommits(DataSource source) throws SQLException {
    this.writer = source.isWrapperFor(OneWriter.class) ? source.unwrap(OneWriter.class) : null;
  }

  @Scheduled(fixedDelay = 500)
  void store() {
    if (writer != null) {
      try {
        writer.store();
      } catch (SQLException away) {
        log.debug("the state-db cannot store what was committed", away);
      }
    }
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    store();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
