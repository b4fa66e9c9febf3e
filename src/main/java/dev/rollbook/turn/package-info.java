/// Services for turns, and appends to them.
///
/// [TurnService] starts, ends and lists turns, and passes items to the live thread. A turn in
/// progress survives a restart of the service. `AbandonedTurns` ends turns without an append for a
/// long time as interrupted.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "cluster",
      "model",
      "text",
      "live",
      "projection",
      "quota",
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
