package dev.rollbook.thread;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex;
import dev.rollbook.rollout.disk.StorageFaults;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// Writes names of threads to the index file that Codex reads. The rollouts have the names too, so
/// a failed write loses nothing.
@Component
public class CodexNameIndex {
  private static final Logger log = LoggerFactory.getLogger(CodexNameIndex.class);

  private final SessionIndex index;

  CodexNameIndex(SessionIndex index) {
    this.index = index;
  }

  public void named(ThreadId thread, @Nullable String name, Instant at) {
    try {
      index.named(thread, name, at);
    } catch (IOException failed) {
      log.warn(
          "name of thread {} is not in session_index.jsonl, where Codex looks for it: {}",
          thread,
          StorageFaults.shortCause(failed));
    }
  }
}
