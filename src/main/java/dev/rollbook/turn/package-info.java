/// Services for turns, and appends to them.
///
/// [TurnService] starts, ends and lists turns and passes items on to the live thread. A turn in
/// progress survives a restart. `AbandonedTurns` interrupts turns that have had no append for long.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "model",
      "text",
      "live",
      "projection",
      "thread",
      "statedb",
      "statedb :: *",
      "rollout",
      "rollout :: *",
      "event"
    })
package dev.rollbook.turn;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
