package dev.rollbook.storage;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.HttpTest;
import dev.rollbook.http.RollbookClient.Answer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.jdbc.core.JdbcTemplate;

/// A database that lost its last commits, as after a failover to a standby that lagged behind.
@EnabledIfSystemProperty(named = "rollbook.test.storage", matches = "database")
class StorageLossHttpTest extends HttpTest {
  @Test
  void persistedItemsThatTheDatabaseLostAreAGap() {
    var id = client.startThread();
    for (var item : new String[] {"a", "b", "c"}) {
      assertThat(status(append(id, item))).isEqualTo("persisted");
    }
    saveRows();

    loseLastAppends(id, 2);
    assertThat(status(append(id, "d"))).isEqualTo("skipped");
    retryPendingItems();

    var gap = expect(200, client.get(thread(id) + "/gaps")).json().path("data");
    assertThat(gap).hasSize(1);
    assertThat(gap.path(0).path("reason").stringValue()).isEqualTo("storage_lost");
    assertThat(gap.path(0).path("firstOrdinal").asLong()).isEqualTo(2);
    assertThat(gap.path(0).path("lastOrdinal").asLong()).isEqualTo(3);
    assertThat(ordinals(id)).containsExactly(0L, 1L, 4L);
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("3");
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("gapped");
    assertThat(metric("rollout_items_lost_total")).isGreaterThanOrEqualTo(2);
    assertThat(metric("rollout_commit_seconds_count")).isPositive();
    assertThat(metric("rollout_commit_group_appends_sum")).isPositive();
    assertThat(logged(Level.ERROR))
        .singleElement()
        .asString()
        .startsWith("the database lost items 2 to 3 of thread " + id);
    forgetLog();

    assertThat(append(id, "b").at("duplicates")).as("a lost item is new again").isEqualTo("0");
    unload(id);
    assertThat(append(id, "e").at("firstOrdinal")).isEqualTo("6");
    assertThat(ordinals(id)).containsExactly(0L, 1L, 4L, 5L, 6L);
  }

  @Test
  void aClientRepairsTheGap() {
    var id = client.startThread();
    append(id, "a");
    append(id, "b");
    loseLastAppends(id, 1);
    append(id, "c");
    retryPendingItems();
    forgetLog();
    var gap = client.get(thread(id) + "/gaps").json().path("data").path(0).path("id").stringValue();

    expect(200, client.repair(id, gap, items("b")));

    assertThat(ordinals(id)).containsExactly(0L, 1L, 2L, 3L);
    assertThat(client.get(thread(id)).at("completeness")).isEqualTo("complete");
    assertThat(client.get(thread(id)).at("itemCount")).isEqualTo("4");
  }

  private void loseLastAppends(String id, int count) {
    var jdbc = new JdbcTemplate(context.getBean(DataSource.class));
    jdbc.update(
        """
        UPDATE rollout_file SET size = (
          SELECT start FROM rollout_chunk WHERE file = key ORDER BY start DESC OFFSET ? LIMIT 1)
        WHERE path LIKE ?
        """,
        count - 1,
        "%" + id + "%");
    jdbc.update("DELETE FROM rollout_chunk USING rollout_file WHERE file = key AND start >= size");
  }

  private Answer append(String thread, String item) {
    return expect(200, client.post(thread(thread) + "/items", items(item)));
  }

  private static String items(String id) {
    return "{\"items\":[{\"id\":\"%s\",\"type\":\"note\",\"payload\":1}]}".formatted(id);
  }

  private static String status(Answer append) {
    return append.at("persistence", "status");
  }

  private Long[] ordinals(String id) {
    var data = expect(200, client.get(thread(id) + "/items")).json().path("data");
    return data.valueStream().map(item -> item.path("ordinal").longValue()).toArray(Long[]::new);
  }
}
