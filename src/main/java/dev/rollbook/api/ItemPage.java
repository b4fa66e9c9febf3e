package dev.rollbook.api;

import dev.rollbook.rollout.RolloutLine;
import dev.rollbook.thread.History;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page of items, with the gaps that lie among them.
record ItemPage(List<RawText> data, List<GapResource> gaps, @Nullable String nextCursor) {
  static ItemPage of(History.Page page) {
    return new ItemPage(
        page.lines().stream().map(ItemPage::item).toList(),
        page.gaps().stream().map(GapResource::of).toList(),
        page.nextAfter() == null ? null : page.nextAfter().toString());
  }

  /// The line of the rollout; one that says no ordinal of its own is given it at the end.
  static RawText item(RolloutLine line) {
    var json = line.bytes().toString();
    if (line.numbered()) {
      return new RawText(json);
    }
    int end = json.lastIndexOf('}');
    return new RawText(json.substring(0, end) + ",\"ordinal\":" + line.ordinal() + "}");
  }
}
