package dev.rollbook.thread;

import org.jspecify.annotations.Nullable;

/// What a person may change of a thread.
///
/// @param metadata a JSON object
/// @param pinned whether retention leaves the thread alone
public record Description(@Nullable String name, @Nullable String metadata, boolean pinned) {
  /// A change that is applied to what the thread has by then.
  public interface Change {
    Description apply(Description before);
  }
}
