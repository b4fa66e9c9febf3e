package dev.rollbook.thread;

import org.jspecify.annotations.Nullable;

/// What a person may change of a thread.
///
/// @param metadata a JSON object
public record Description(@Nullable String name, @Nullable String metadata) {
  /// A change that is applied to what the thread has by then.
  public interface Change {
    Description apply(Description before);
  }
}
