package dev.rollbook.live;

import java.io.IOException;

/// What a live thread takes of the memory, and how it gives it back while others need it.
final class Footprint {
  private final LiveState state;
  private final Recorder recorder;
  private final AppendPath path;
  private final Residence<?> residence;
  private volatile long lastUsed = System.nanoTime();

  Footprint(LiveState state, Recorder recorder, AppendPath path, Residence<?> residence) {
    this.state = state;
    this.recorder = recorder;
    this.path = path;
    this.residence = residence;
  }

  void used() {
    lastUsed = System.nanoTime();
  }

  long lastUsed() {
    return lastUsed;
  }

  /// Unloads the thread if nobody is at it and everything of it is known elsewhere, a turn in
  /// progress too. Its file is forced with those of all others.
  boolean unloadIfUnused() throws IOException {
    return residence
        .runIfFree(() -> {
          if (recorder.isThreadDeleted() || !path.pending().isDone() || !state.isSaved()) {
            return false;
          }
          recorder.release();
          residence.unload();
          return true;
        })
        .orElse(false);
  }

  /// Gives back what the rollout can tell again.
  void forgetIds() {
    residence.runIfFree(() -> {
      path.forgetIds();
      return true;
    });
  }

  /// What the ids of items take. May be asked without the thread's lock.
  long bytesOfIds() {
    return path.bytesOfIds();
  }
}
