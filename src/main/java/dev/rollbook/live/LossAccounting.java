package dev.rollbook.live;

/// Records persisted items of a live thread that its storage has lost, as after a failover to a
/// standby that lagged behind. Caller must hold the thread lock.
record LossAccounting(LiveState state, RolloutRecorder recorder, LiveServices services) {
  /// Called after a write.
  ///
  /// @param first the first ordinal that was to be written: all before it were persisted or skipped
  void record(long first) {
    var lost = recorder.takeLoss();
    if (lost.isPresent() && lost.getAsLong() < first) {
      var gaps = services.skips().lost(state.id(), lost.getAsLong(), first);
      state.lost(gaps);
      state.changed(services.clock().instant());
    }
  }
}
