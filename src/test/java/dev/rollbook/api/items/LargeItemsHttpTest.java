package dev.rollbook.api.items;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractTurnHttpTest;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Large items are listed as previews and read one by one; a page is bounded in bytes.
class LargeItemsHttpTest extends AbstractTurnHttpTest {
  private static final int PREVIEW = 8192;
  private static final int PAGE = 4 * 1024 * 1024;
  private static final String LONG = "x".repeat(100_000);

  @ParameterizedTest
  @ValueSource(strings = {"", "&order=desc", "&turnId={turn}", "&order=desc&turnId={turn}&limit=5"})
  void aPreviewCutsLongStringsAndSaysSo(String parameters) {
    expect(
        200, client.append(thread, turn, "{\"n\":1.50,\"text\":\"%s\"}".formatted(LONG), "1.50"));

    var page = client.get(items("?payload=preview" + parameters.replace("{turn}", turn)));

    var cut = item(page.json(), 2);
    assertThat(cut.at("/payload/text").stringValue()).hasSize(PREVIEW);
    assertThat(cut.at("/truncated/bytes").intValue())
        .isEqualTo(100_000 + "{'n':1.50,'text':''}".length());
    assertThat(item(page.json(), 3).has("truncated")).isFalse();
    assertThat(page.text()).contains("{\"n\":1.50,\"text\":\"x", "\"payload\":1.50}");
    var whole = client.get(items("?payload=whole" + parameters.replace("{turn}", turn)));
    assertThat(item(whole.json(), 2).at("/payload/text").stringValue()).isEqualTo(LONG);
    assertThat(item(whole.json(), 2).has("truncated")).isFalse();
  }

  @Test
  void aStreamOfPreviewsHasALineForEachItem() {
    expect(200, client.append(thread, turn, "\"" + LONG + "\"", "2"));

    var lines =
        client
            .get(items("?payload=preview&after=1"), "accept", "application/x-ndjson")
            .text()
            .lines()
            .toList();

    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst()).hasSizeLessThan(PREVIEW + 200).endsWith("{\"bytes\":100002}}");
    assertThat(lines.getLast()).isEqualTo(client.lines(thread).getLast());
  }

  @Test
  void anItemIsReadWhole() {
    expect(200, client.append(thread, turn, "{\"n\":1.50,\"text\":\"%s\"}".formatted(LONG)));

    for (int ordinal = 0; ordinal < 3; ordinal++) {
      var item = expect(200, client.get(items("/" + ordinal)));
      assertThat(item.contentType()).isEqualTo("application/json");
      assertThat(item.text()).isEqualTo(client.lines(thread).get(ordinal));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "9007199254740993", "9223372036854775807"})
  void anOrdinalThatNoItemHasIsNotFound(String ordinal) {
    expect(200, client.append(thread, turn, "1"));

    assertNotFound(ordinal);
    expect(200, client.post(thread(thread) + "/shutdown"));
    assertNotFound(ordinal);
  }

  private void assertNotFound(String ordinal) {
    var problem = expect(404, client.get(items("/" + ordinal)));
    assertThat(problem.at("code")).isEqualTo("item_not_found");
    assertThat(problem.at("detail")).contains("ordinal " + ordinal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x", "1.0", "9223372036854775808"})
  void anOrdinalIsAPositiveInteger(String ordinal) {
    var problem = client.get(items("/" + ordinal));

    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.json().at("/errors/0/pointer").stringValue()).isEqualTo("ordinal");
  }

  @Test
  void anItemThatIsMissingNamesItsGap() {
    expect(200, client.post(thread(thread) + "/shutdown"));
    var gap = client.append(thread, turn, "1", "2").at("persistence", "gapId");
    expect(200, client.post(thread(thread) + "/resume"));
    expect(200, client.append(thread, turn, "3"));

    for (int ordinal = 2; ordinal < 4; ordinal++) {
      var problem = expect(404, client.get(items("/" + ordinal)));
      assertThat(problem.at("code")).isEqualTo("item_missing");
      assertThat(problem.at("gapId")).isEqualTo(gap);
      assertThat(problem.at("detail")).contains("recorder_removed", "repair gap " + gap);
    }
    assertThat(expect(200, client.get(items("/4"))).at("payload")).isEqualTo("3");

    expect(200, client.repair(thread, gap, body("1", "2")));
    assertThat(expect(200, client.get(items("/2"))).at("payload")).isEqualTo("1");
  }

  @Test
  void anItemOfAMissingThreadIsNotFound() {
    var problem = expect(404, client.get(thread(UUID.randomUUID().toString()) + "/items/0"));

    assertThat(problem.at("code")).isEqualTo("thread_not_found");
  }

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

  @Test
  void aPageOfPreviewsIsCountedAfterTheCut() {
    for (int n = 0; n < 4; n++) {
      append("\"" + "x".repeat(3_000_000) + "\"");
    }

    for (var order : List.of("asc", "desc")) {
      var page = client.get(items("?payload=preview&order=" + order)).json();
      assertThat(page.path("data")).hasSize(6);
      assertThat(page.path("nextCursor").isNull()).isTrue();
    }
  }

  private void append(String payload) {
    expect(200, client.append(thread, turn, payload));
  }

  private String items(String rest) {
    return thread(thread) + "/items" + rest;
  }

  private static JsonNode item(JsonNode page, int ordinal) {
    return page.path("data")
        .valueStream()
        .filter(item -> item.path("ordinal").intValue() == ordinal)
        .findFirst()
        .orElseThrow();
  }
}
