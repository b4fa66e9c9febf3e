package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.HttpTest;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/// Paging through a list while one of its threads is written: only that thread may move.
class ListPaginationHttpTest extends HttpTest {
  private static final int THREADS = 11;
  private static final int MOST_PAGES = 12;

  @Autowired JdbcTemplate stateDb;
  private int appended = 1;

  @ParameterizedTest
  @CsvSource({
    "asc,2,true",
    "asc,2,false",
    "asc,5,true",
    "desc,8,true",
    "desc,8,false",
    "desc,5,true"
  })
  void unchangedThreadsAreListedExactlyOnceWhileOthersAreWritten(
      String direction, int busy, boolean settles) {
    var source = "walk-" + UUID.randomUUID();
    var ids = IntStream.range(0, THREADS).mapToObj(n -> start(source)).toList();
    ids.forEach(id -> awaitRow(id, 2));

    var seen = walk(source, direction, ids.get(busy), settles);

    var others = new ArrayList<>(ids);
    others.remove(busy);
    seen.removeIf(ids.get(busy)::equals);
    assertThat(seen)
        .containsExactlyElementsOf(direction.equals("asc") ? others : others.reversed());
  }

  /// @param settles whether the state-db knows of what was appended when the next page is read
  private List<String> walk(String source, String direction, String busy, boolean settles) {
    var query =
        "/v1/threads?sort=updatedAt&limit=3&direction=%s&source=%s".formatted(direction, source);
    var seen = new ArrayList<String>();
    var cursor = "";
    for (int page = 0; page < MOST_PAGES; page++) {
      var answer = expect(200, client.get(query + cursor)).json();
      answer.path("data").forEach(thread -> seen.add(thread.path("id").stringValue()));
      if (answer.path("nextCursor").isNull()) {
        return seen;
      }
      cursor = "&cursor=" + answer.path("nextCursor").stringValue();
      append(busy);
      if (settles) {
        awaitRow(busy, ++appended);
      }
    }
    throw new AssertionError("the list does not end: " + seen);
  }

  private String start(String source) {
    var thread = client.startThread("{\"source\":\"%s\"}".formatted(source));
    append(thread);
    return thread;
  }

  private void append(String thread) {
    expect(200, client.post(thread(thread) + "/items", body("1")));
  }

  private void awaitRow(String thread, int items) {
    await().until(() -> items(thread) >= items);
  }

  private int items(String thread) {
    return stateDb.queryForObject(
        "SELECT item_count FROM thread WHERE id = ?", Integer.class, UUID.fromString(thread));
  }
}
