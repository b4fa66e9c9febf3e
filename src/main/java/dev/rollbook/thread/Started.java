package dev.rollbook.thread;

import dev.rollbook.model.ResumeFailure;
import dev.rollbook.model.ThreadId;
import org.jspecify.annotations.Nullable;

/// What a start came to.
///
/// @param created false if the thread was there already
/// @param resume null where no resume was asked for
public record Started(ThreadView thread, boolean created, @Nullable ResumeResult resume) {

  /// What became of the resume that the start asked for.
  public sealed interface ResumeResult {}

  public record Resumed() implements ResumeResult {}

  public record ResumeFailed(ThreadId requested, ResumeFailure reason, String message)
      implements ResumeResult {}
}
