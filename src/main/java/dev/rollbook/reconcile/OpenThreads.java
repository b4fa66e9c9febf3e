package dev.rollbook.reconcile;

import dev.rollbook.model.ThreadId;
import java.util.function.Function;

/// Who works with threads while their files are compared: those who hold threads in memory. Told
/// here, known where they are held.
public interface OpenThreads {
  /// Runs an action while nobody opens, starts, moves or deletes the thread. Not to be called
  /// within a transaction.
  ///
  /// @param action is told whether the thread is open; then its file is somebody else's to write
  <T> T whileStill(ThreadId thread, Function<Boolean, T> action);

  boolean isOpen(ThreadId thread);
}
