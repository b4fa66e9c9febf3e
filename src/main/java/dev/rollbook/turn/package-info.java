/// Life of a turn, and appending to it.
///
/// [Turns] starts, ends and looks up turns and passes items on to the live thread; a turn that was
/// in progress before a restart goes on after it. `AbandonedTurns` interrupts those that nobody
/// ends.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "model",
      "live",
      "projection",
      "thread",
      "statedb",
      "rollout",
      "rollout :: *",
      "event"
    })
package dev.rollbook.turn;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
