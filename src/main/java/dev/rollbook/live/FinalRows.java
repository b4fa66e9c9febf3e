package dev.rollbook.live;

import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// The last row update, after the web server has stopped and before the state-db is closed.
@Component
class FinalRows implements SmartLifecycle {
  private final RowUpdates rows;
  private volatile boolean running;

  FinalRows(RowUpdates rows) {
    this.rows = rows;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    rows.flush();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return 0;
  }
}
