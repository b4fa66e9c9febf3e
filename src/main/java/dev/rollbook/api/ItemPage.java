package dev.rollbook.api;

import dev.rollbook.rollout.line.RolloutLine;
import dev.rollbook.thread.GapView;
import dev.rollbook.thread.History;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page of items, with the gaps that lie among them.
record ItemPage(List<RawText> data, List<GapView> gaps, @Nullable String nextCursor) {
  static ItemPage of(History.Page page) {
    return new ItemPage(
        page.lines().stream().map(ItemPage::item).toList(),
        page.gaps(),
        page.nextAfter() == null ? null : page.nextAfter().toString());
  }

  /// The line of the rollout, with its ordinal.
  static RawText item(RolloutLine line) {
    return new RawText(line.numberedBytes().toString());
  }
}
