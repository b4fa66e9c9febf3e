package dev.rollbook.persistence;

import dev.rollbook.model.ThreadId;
import java.util.UUID;

/// Items that were skipped are in their place after all.
///
/// @param next the first ordinal after them
/// @param by who kept them
public record Repair(ThreadId thread, UUID gap, long first, long next, By by) {

  long items() {
    return next - first;
  }

  /// Who kept the items.
  public enum By {
    /// From memory, as soon as the disk took them.
    SERVICE,
    /// A client put them back.
    CLIENT
  }
}
