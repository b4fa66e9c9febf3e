package dev.rollbook.skips;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractTurnHttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Base class of tests with a running turn whose items can be skipped and repaired.
abstract class AbstractGapHttpTest extends AbstractTurnHttpTest {

  /// Loses items by a shutdown, and opens the thread again.
  String gapOf(String... payloads) {
    expect(200, client.post(thread(thread) + "/shutdown"));
    var receipt = expect(200, client.append(thread, turn, payloads));
    expect(200, client.post(thread(thread) + "/resume"));
    return receipt.at("persistence", "gapId");
  }

  Answer repair(String gap, String... payloads) {
    return put(thread, gap, body(payloads));
  }

  Answer put(String of, String gap, String json) {
    return client.repair(of, gap, json);
  }

  List<JsonNode> gaps() {
    var gaps = new ArrayList<JsonNode>();
    client.get(thread(thread) + "/gaps").json().path("data").forEach(gaps::add);
    return gaps;
  }

  List<String> payloads() {
    return items().stream().map(item -> item.path("payload").toString()).toList();
  }

  List<JsonNode> items() {
    var items = new ArrayList<JsonNode>();
    client.get(thread(thread) + "/items?limit=1000").json().path("data").forEach(items::add);
    return items;
  }

  void assertOrdinalsAreWhole() {
    var items = items();
    for (int n = 0; n < items.size(); n++) {
      assertThat(items.get(n).path("ordinal").longValue()).isEqualTo(n);
    }
    assertThat(client.get(thread(thread)).at("nextOrdinal")).isEqualTo("" + items.size());
  }
}
