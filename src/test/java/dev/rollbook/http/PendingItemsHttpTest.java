package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.rollout.FaultyDisk.noSpaceLeft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient.Answer;
import org.junit.jupiter.api.Test;

/// What is kept for a rollout that does not take it now: written once.
class PendingItemsHttpTest extends HttpTest {
  @Test
  void itemsThatAreSentAgainToAThreadWithoutAFileAreNotWrittenTwice() {
    disk.failWrites(path -> true, noSpaceLeft());
    var thread = client.startThread();
    var first = append(thread, item("a"));
    assertThat(first.at("persistence", "pending")).isEqualTo("true");

    var second = append(thread, item("a"));

    assertThat(second.at("duplicates")).isEqualTo("1");
    assertThat(second.at("firstOrdinal")).isEqualTo(first.at("firstOrdinal"));
    disk.heal();
    await().until(() -> isComplete(thread));
    assertThat(client.lines(thread)).filteredOn(line -> line.contains("\"a\"")).hasSize(1);
  }

  @Test
  void anItemThatIsPendingIsNotCalledPersistedForTheSakeOfAnOlderOne() {
    var thread = client.startThread();
    append(thread, item("a"));
    disk.failWrites(path -> true, noSpaceLeft());
    append(thread, item("b"));

    var again = append(thread, item("b") + "," + item("a"));

    assertThat(again.at("duplicates")).isEqualTo("2");
    assertThat(again.at("persistence", "status")).isEqualTo("skipped");
    assertThat(again.at("persistence", "pending")).isEqualTo("true");
  }

  private Answer append(String thread, String items) {
    return expect(200, client.post(thread(thread) + "/items", "{\"items\":[" + items + "]}"));
  }

  private static String item(String id) {
    return "{\"id\":\"%s\",\"type\":\"note\",\"payload\":1}".formatted(id);
  }

  private boolean isComplete(String thread) {
    return client.get(thread(thread)).at("completeness").equals("complete");
  }
}
