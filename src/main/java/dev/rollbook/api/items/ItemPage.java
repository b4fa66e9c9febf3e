package dev.rollbook.api.items;

import dev.rollbook.thread.GapView;
import dev.rollbook.thread.HistoryReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// A page of items in JSON: `{"data", "gaps", "nextCursor"}`. The items are the bytes of their
/// lines in the rollout, which are neither parsed nor serialized again.
record ItemPage(HistoryReader.Page page) {
  private static final byte[] DATA = "{\"data\":[".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END_OF_DATA = "],".getBytes(StandardCharsets.US_ASCII);

  void writeTo(OutputStream out, JsonMapper json) throws IOException {
    out.write(DATA);
    for (int i = 0; i < page.lines().size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      page.lines().get(i).numberedBytes().writeTo(out);
    }
    out.write(END_OF_DATA);
    var next = page.nextAfter();
    var others = new Others(page.gaps(), next == null ? null : next.toString());
    var members = json.writeValueAsBytes(others);
    out.write(members, 1, members.length - 1);
  }

  /// The members after the items.
  private record Others(List<GapView> gaps, @Nullable String nextCursor) {}
}
