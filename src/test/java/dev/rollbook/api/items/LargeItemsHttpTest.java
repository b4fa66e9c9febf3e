package dev.rollbook.api.items;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractTurnHttpTest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A page of large items is bounded in bytes.
class LargeItemsHttpTest extends AbstractTurnHttpTest {
  private static final int PAGE = 4 * 1024 * 1024;

  /// Each item has 1.5 MB, so that two of them fit into a page; a page has at least one item.
  @ParameterizedTest
  @ValueSource(strings = {"asc", "desc"})
  void aPageIsBoundedInBytes(String order) {
    for (int n = 0; n < 5; n++) {
      append("\"" + "x".repeat(1_500_000) + "\"");
    }
    append("\"" + "y".repeat(5_000_000) + "\"");

    var sizes = new ArrayList<Integer>();
    var ordinals = new ArrayList<Integer>();
    String after = "";
    do {
      var answer = client.get(items("?limit=1000&order=" + order + after));
      var page = answer.json();
      page.path("data").forEach(item -> ordinals.add(item.path("ordinal").intValue()));
      sizes.add(page.path("data").size());
      assertThat(page.path("data").size() == 1 || answer.response().body().length < PAGE + 200)
          .isTrue();
      var next = page.path("nextCursor");
      after = next.isNull() ? "" : "&after=" + next.stringValue();
    } while (!after.isEmpty());

    var all = IntStream.range(0, 8).boxed().toList();
    assertThat(ordinals).isEqualTo(order.equals("asc") ? all : all.reversed());
    assertThat(sizes).isEqualTo(order.equals("asc") ? List.of(4, 2, 1, 1) : List.of(1, 2, 2, 3));
  }

  private void append(String payload) {
    expect(200, client.append(thread, turn, payload));
  }

  private String items(String rest) {
    return thread(thread) + "/items" + rest;
  }
}
