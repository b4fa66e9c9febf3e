package dev.rollbook.history;

import dev.rollbook.model.RawJson;
import org.jspecify.annotations.Nullable;

/// What a turn of Codex's used so far, which its frame does not say: the sum of what is on record
/// for each response; or, for want of records, how far the counter of the thread went on.
final class TurnUsage {
  private Usage totalBefore;
  private Usage recorded = Usage.NONE;
  private boolean onRecord;
  private @Nullable Usage total;
  private Usage steps = Usage.NONE;

  /// @param totalBefore the counter of the thread when the turn began
  TurnUsage(Usage totalBefore) {
    this.totalBefore = totalBefore;
  }

  void record(Usage response) {
    onRecord = true;
    recorded = recorded.plus(response);
  }

  /// @param newTotal the counter of the thread
  /// @param last how far it has just gone, which is none at all where the total is not new
  void count(Usage newTotal, Usage last, boolean isNew) {
    total = newTotal;
    steps = isNew ? steps.plus(last) : steps;
  }

  /// The turn goes on after others: what they counted is not its own.
  ///
  /// @param totalThen the counter of the thread when the turn gave way
  /// @param totalNow the same when it goes on
  void resume(Usage totalThen, Usage totalNow) {
    var others = totalNow.minus(totalThen);
    totalBefore = totalBefore.plus(others);
    total = total == null ? null : total.plus(others);
  }

  /// Whether a record that comes late is to be added.
  boolean takesRecords() {
    return onRecord || total == null;
  }

  /// A counter that went back has begun anew within the turn, so that its steps are added up.
  @Nullable RawJson json() {
    if (onRecord || total == null) {
      return recorded.rawJson();
    }
    var difference = total.minus(totalBefore);
    return (difference.isNegative() ? steps : difference).rawJson();
  }
}
