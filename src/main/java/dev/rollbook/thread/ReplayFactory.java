package dev.rollbook.thread;

import dev.rollbook.event.EventBus;
import dev.rollbook.live.LiveThreads;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.line.MemoryReservation;
import dev.rollbook.skips.Gaps;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Creates a [Replay] per subscriber.
@Component
public class ReplayFactory {
  private final History history;
  private final LiveThreads live;
  private final Gaps gaps;
  private final EventBus events;

  ReplayFactory(History history, LiveThreads live, Gaps gaps, EventBus events) {
    this.history = history;
    this.live = live;
    this.gaps = gaps;
    this.events = events;
  }

  /// @param after the last ordinal that the subscriber has, -1 for none; null for live events only
  /// @param room memory for a page of the history
  public Replay of(ThreadId thread, @Nullable Long after, MemoryReservation room) {
    return new Replay(thread, after, history, live, gaps, events, room);
  }
}
