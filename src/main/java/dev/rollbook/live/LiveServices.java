package dev.rollbook.live;

import dev.rollbook.event.Events;
import dev.rollbook.persistence.Skips;
import dev.rollbook.rollout.Rollouts;
import java.time.Clock;
import org.springframework.stereotype.Component;

/// What every live thread works with.
@Component
record LiveServices(
    Rollouts rollouts,
    Skips skips,
    RowUpdates rows,
    AppendMeters meters,
    AppendGate gate,
    Events events,
    Clock clock) {}
