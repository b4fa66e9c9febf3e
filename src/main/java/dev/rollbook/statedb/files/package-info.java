/// The files of the data-dir as rows of PostgreSQL, for `rollbook.storage=database`.
///
/// [FileRepository] has the rows of files, [ChunkRepository] their bytes, [ReplicaRepository] the
/// processes that use them, [OwnerRepository] which of these may write a thread, [JobLocks] which
/// of them runs a job. [FileDatabase] has connection pools of its own: a disk that waited for a
/// connection of the state-db, while the caller holds one in a transaction, could wait for ever. A
/// statement that fails throws an [java.io.IOException], as a disk does.
@NullMarked
@NamedInterface("files")
package dev.rollbook.statedb.files;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
