package dev.rollbook.live;

import dev.rollbook.persistence.Gaps;
import dev.rollbook.persistence.Repairs;
import dev.rollbook.persistence.RetryBuffer;
import dev.rollbook.persistence.Skips;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.TurnRows;
import java.time.Clock;
import org.springframework.stereotype.Component;

/// What every live thread works with.
@Component
record LiveServices(
    Rollouts rollouts,
    Skips skips,
    Gaps gaps,
    Repairs repairs,
    RetryBuffer retryBuffer,
    TurnRows turns,
    RowUpdates rows,
    AppendMeters meters,
    AppendGate gate,
    Clock clock) {}
