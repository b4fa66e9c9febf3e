package dev.rollbook.codex.ingest;

import dev.rollbook.access.Access;
import dev.rollbook.codex.source.SourceFile;
import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.datadir.SessionIndex.Named;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Information that the import of a rollout may need in addition to the rollout itself: the other
/// rollouts of the same import, and the names of threads.
///
/// @param files the files of the import, by their [SourceFile#segment]; listed when they are first
///   needed, because listing them may take long
/// @param access what the import may change or read; its owner is that of new threads
public record ImportContext(
    Supplier<Map<ThreadId, SourceFile>> files, Map<ThreadId, Named> names, Access access) {
  /// Context of an uploaded rollout: there are no other files.
  static ImportContext ofUpload(Access access) {
    return new ImportContext(Map::of, Map.of(), access);
  }

  /// @param segment id of the segment; for the first file of a thread, the id of the thread
  Optional<SourceFile> fileOf(ThreadId segment) {
    return Optional.ofNullable(files.get().get(segment));
  }

  /// The files of a thread, oldest first: more than one if it was reverted.
  List<SourceFile> segmentsOf(ThreadId thread) {
    return files.get().values().stream()
        .filter(file -> file.thread().equals(thread))
        .sorted(SourceFile.OLDEST_FIRST)
        .toList();
  }

  Optional<Named> nameOf(ThreadId thread) {
    return Optional.ofNullable(names.get(thread));
  }
}
