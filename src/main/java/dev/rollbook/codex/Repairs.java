package dev.rollbook.codex;

import dev.rollbook.rollout.line.RolloutLine;
import java.util.Optional;

/// What an export has to repair of a rollout, as Codex would refuse the whole thread for it:
/// records that are no UTF-8, NULs around them, and in a paginated thread records without an
/// ordinal behind one that has an ordinal, the last one above all.
///
/// @param damaged whether a record is no UTF-8, or has NULs around it
/// @param unnumbered whether a record without an ordinal follows one with an ordinal
/// @param lastNumbered position among the readable records of the last one with an ordinal
record Repairs(boolean damaged, boolean unnumbered, long lastNumbered) {

  boolean any(boolean paginated) {
    return damaged || (paginated && unnumbered);
  }

  /// Gathers them while the lines pass by.
  static final class Survey {
    private boolean damaged;
    private boolean numbered;
    private boolean unnumbered;
    private long records;
    private long lastNumbered = -1;

    /// @param first the record before the others
    Survey(RolloutLine first) {
      numbered = first.numbered();
    }

    void add(FileLine line, Optional<RolloutLine> read) {
      damaged |= !line.isText() || line.hasNuls();
      if (read.isPresent()) {
        unnumbered |= numbered && !read.get().numbered();
        numbered |= read.get().numbered();
        lastNumbered = read.get().numbered() ? records : lastNumbered;
        records++;
      }
    }

    Repairs found() {
      return new Repairs(damaged, unnumbered, lastNumbered);
    }
  }
}
