package dev.rollbook.imports;

import dev.rollbook.source.SourceFile;
import dev.rollbook.thread.Threads;
import org.springframework.stereotype.Component;

/// Archives threads that were archived elsewhere, and brings them back: what was done there since
/// the file was taken the last time. A thread that was only archived here stays so.
@Component
public class ArchivedThere {
  private final SeenFiles seen;
  private final Threads threads;

  ArchivedThere(SeenFiles seen, Threads threads) {
    this.seen = seen;
    this.threads = threads;
  }

  /// @throws dev.rollbook.model.RollbookException if it cannot be done now
  public void follow(SourceFile file) {
    follow(file, seen.wasArchived(file));
  }

  /// @param before whether the file was archived when it was looked at the last time
  public void follow(SourceFile file, boolean before) {
    if (file.archived() && !before) {
      threads.archive(file.thread());
    } else if (before && !file.archived()) {
      threads.unarchive(file.thread());
    }
  }
}
