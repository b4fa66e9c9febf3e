package dev.rollbook.thread;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.rollbook.model.ResumeFailure;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Result of starting a thread. Its JSON is that of the thread, with the additional member
/// `resume`.
///
/// @param created false if a thread with the requested id already existed
/// @param resume result of the requested resume; null if no resume was requested
public record StartResult(
    @JsonUnwrapped ThreadView thread, @JsonIgnore boolean created, @Nullable ResumeResult resume) {
  /// Outcome of the resume that the start requested.
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "outcome")
  public sealed interface ResumeResult {}

  @JsonTypeName("resumed")
  public record Resumed() implements ResumeResult {}

  /// A new thread was started instead.
  @JsonTypeName("failed")
  public record ResumeFailed(UUID requestedId, ResumeFailure reason, String message)
      implements ResumeResult {}
}
