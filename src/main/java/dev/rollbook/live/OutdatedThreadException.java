package dev.rollbook.live;

import dev.rollbook.model.ThreadId;

/// Thrown if another process has appended to the rollout since the thread was loaded. Nothing was
/// written. [LiveThreads] loads the thread again, and repeats the call.
final class OutdatedThreadException extends RuntimeException {
  OutdatedThreadException(ThreadId thread, Throwable cause) {
    super("another process has appended to the rollout of thread " + thread, cause);
  }
}
