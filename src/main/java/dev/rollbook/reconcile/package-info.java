/// Brings the rows of the state-db up to what the rollouts say.
///
/// [Rebuild] does it for one thread: when it is opened and its row is behind. [Reconciler] does it
/// for all of them, in the background: when the service starts, and when somebody asks for it. A
/// `Comparison` goes through all files and then all rows; a file that lies elsewhere than its row
/// says is `RightPlace`'s to settle. Files are only read, or moved aside, never while
/// [LoadedThreads] says that somebody writes them.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "lock",
      "model",
      "rollout",
      "rollout :: *",
      "projection",
      "statedb",
      "skips",
      "worker"
    })
package dev.rollbook.reconcile;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
