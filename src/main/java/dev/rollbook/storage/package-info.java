/// Where the files of the data-dir are: on the local disk, or in the database.
///
/// [StorageConfiguration] chooses the [dev.rollbook.rollout.disk.Disk] of the service.
/// [DatabaseDisk] keeps files as rows. A file that is open for writes has a [FileClaim], which
/// knows the end of the file, and resolves writes whose outcome is unknown. [AppendLanes] writes
/// the appends of many files in one statement. [WriteFence] says which files this process may
/// write: those of the threads that it owns (`cluster`), and those of no thread.
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "cluster",
      "lock",
      "model",
      "rollout",
      "rollout :: *",
      "statedb",
      "statedb :: *",
      "worker"
    })
package dev.rollbook.storage;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
