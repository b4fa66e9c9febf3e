package dev.rollbook.imports;

import dev.rollbook.projection.ExportMark;
import dev.rollbook.rollout.RolloutReader;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Knows which lines of a source a rollout has already.
///
/// Mostly both are the same as far as the rollout goes, and nothing has to be held in memory. From
/// the first difference on the order does not count: the thread may have been gone on with here.
final class HeldLines {
  private final RolloutReader rollout;
  private @Nullable LineDigests rest;

  HeldLines(RolloutReader rollout) {
    this.rollout = rollout;
  }

  /// To be asked for all lines of the source, in order.
  boolean has(RolloutLine line) throws IOException {
    if (ExportMark.isOn(line)) {
      return true;
    }
    if (rest != null) {
      return rest.take(line);
    }
    var own = rollout.next();
    if (own != null && LineDigests.isSame(own, line)) {
      return true;
    }
    rest = new LineDigests();
    for (var next = own; next != null; next = rollout.next()) {
      rest.add(next);
    }
    return rest.take(line);
  }
}
