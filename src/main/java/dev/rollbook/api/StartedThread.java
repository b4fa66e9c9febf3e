package dev.rollbook.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.rollbook.thread.Started;
import dev.rollbook.thread.Started.ResumeFailed;
import dev.rollbook.thread.Started.Resumed;
import dev.rollbook.thread.ThreadView;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The answer to a start: the thread with one more member.
record StartedThread(@JsonUnwrapped ThreadView thread, @Nullable ResumeReport resume) {
  static StartedThread of(Started started) {
    return new StartedThread(started.thread(), ResumeReport.of(started.resume()));
  }

  /// What became of the resume that was asked for; only the outcome where it worked.
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ResumeReport(
      String outcome,
      @Nullable UUID requestedId,
      @Nullable String reason,
      @Nullable String message) {

    static @Nullable ResumeReport of(Started.@Nullable ResumeResult result) {
      return switch (result) {
        case null -> null;
        case Resumed() -> new ResumeReport("resumed", null, null, null);
        case ResumeFailed(var requested, var reason, var message) ->
            new ResumeReport("failed", requested.value(), reason.wireName(), message);
      };
    }
  }
}
