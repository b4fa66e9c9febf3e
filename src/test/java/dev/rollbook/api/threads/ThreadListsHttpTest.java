package dev.rollbook.api.threads;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractSearchHttpTest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.util.ReflectionTestUtils;

/// Filters of thread lists and facets, and the limit of concurrent searches.
class ThreadListsHttpTest extends AbstractSearchHttpTest {
  @Test
  void aTextFilterFindsTheSameWithAndWithoutTheIndex() {
    var id =
        client.startThread("{\"name\":\"The Zoe\u0308 of %s\",\"cwd\":\"/w\"}".formatted(word));
    var other = client.startThread("{\"cwd\":\"C:\\\\%s\\\\sub\"}".formatted(word));

    assertThat(ids("q=" + word)).containsExactlyInAnyOrder(id, other);
    await()
        .atMost(PATIENCE)
        .until(() -> client.get("/actuator/searchindex").at("behind").equals("0"));
    assertThat(ids("q=" + word.substring(1))).containsExactlyInAnyOrder(id, other);
    assertThat(ids("q=" + encoded("ZO\u00cb OF " + word.toUpperCase(Locale.ROOT))))
        .containsExactly(id);
    assertThat(ids("q=" + encoded("c:/" + word + "/"))).containsExactly(other);
    assertThat(ids("q=" + word + "x")).isEmpty();

    rename(id, "other");
    assertThat(ids("q=" + word)).containsExactly(other);
    rename(id, "again " + word);
    assertThat(ids("q=" + word)).containsExactlyInAnyOrder(id, other);
    client.delete(thread(other));
    assertThat(ids("q=" + word)).containsExactly(id);
  }

  @Test
  void textAndDirectoryFiltersMatchAllUnicodeSpellings() {
    var id = client.startThread("{\"cwd\":\"\\\\\\\\?\\\\C:\\\\%s\\\\sub\"}".formatted(word));
    appendMessage(id, "e\u0301clair " + word);

    awaitFound(1, "\u00e9clair " + word);
    assertThat(found("e\u0301clair " + word, "&cwd=" + encoded("c:/" + word))).hasSize(1);
    assertThat(client.get(thread(id)).at("cwd")).isEqualTo("\\\\?\\C:\\" + word + "\\sub");
  }

  @Test
  void threadsCanBeFilteredByCompleteness() {
    var mine = "source=" + word;
    var whole = start();
    var gapped = start();
    var turn = client.startTurn(gapped);
    expect(200, client.post(thread(gapped) + "/shutdown"));
    expect(200, client.append(gapped, turn, "1"));
    expect(200, client.post(thread(gapped) + "/resume"));
    expect(200, client.complete(gapped, turn));
    saveRows();

    assertThat(ids(mine + "&completeness=gapped")).containsExactly(gapped);
    assertThat(ids(mine + "&completeness=complete")).containsExactly(whole);
  }

  @Test
  void threadsCanBeFilteredByStatus() {
    var mine = "source=" + word;
    var idle = start();
    var active = start();
    var turn = client.startTurn(active);
    var unloaded = start();
    expect(200, client.post(thread(unloaded) + "/shutdown"));

    assertThat(ids(mine + "&status=active")).containsExactly(active);
    assertThat(ids(mine + "&status=idle")).containsExactly(idle);
    assertThat(ids(mine + "&status=notLoaded")).containsExactly(unloaded);
    expect(200, client.complete(active, turn));
    assertThat(ids(mine + "&status=active")).isEmpty();
    expect(400, client.get("/v1/threads?status=running"));
  }

  @Test
  void facetsCountTheThreadsOfTheMatchingList() {
    for (int n = 0; n < 3; n++) {
      client.startThread(
          "{\"source\":\"%1$s\",\"model\":\"m-%1$s\",\"cwd\":\"/%1$s%2$s\"}"
              .formatted(word, "/".repeat(n)));
    }
    var archived = start();
    expect(200, client.post(thread(archived) + "/archive"));

    var facets = expect(200, client.get("/v1/facets?limit=100")).json();

    assertThat(facets.path("source").toString())
        .contains("{\"value\":\"%s\",\"threads\":3}".formatted(word));
    assertThat(facets.path("model").toString())
        .contains("{\"value\":\"m-%s\",\"threads\":3}".formatted(word));
    assertThat(facets.path("cwd").toString()).containsOnlyOnce(word);
    assertThat(client.get("/v1/facets?archived=true&limit=100").text())
        .contains("{\"value\":\"%s\",\"threads\":1}".formatted(word));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/threads?curser=x",
        "/v1/threads/%s?fields=x",
        "/v1/threads/%s/items?cursor=1",
        "/v1/threads/%s/turns?after=1",
        "/v1/threads/%s/gaps?after=1",
        "/v1/threads/%s/events?cursor=1",
        "/v1/threads/%s/rollout?fromat=codex",
        "/v1/search?q=a&page=2",
        "/v1/facets?q=a",
        "/v1/imports?status=done",
      })
  void anUnknownParameterIsRejectedByName(String path) {
    var refused = expect(400, client.get(path.formatted(client.startThread())));

    assertThat(refused.at("code")).isEqualTo("invalid_request");
    var parameters = path.substring(path.indexOf('?') + 1).split("&");
    assertThat(refused.json().path("errors").path(0).path("pointer").stringValue())
        .contains(parameters[parameters.length - 1].split("=")[0]);
  }

  @Test
  void itemsAfterMinusOneStartAtTheBeginning() {
    var id = start();
    expect(200, client.post(thread(id) + "/items", body("1")));

    assertThat(client.get(thread(id) + "/items?after=-1").text())
        .isEqualTo(client.get(thread(id) + "/items").text());
    assertThat(client.get(thread(id) + "/items?after=-1", "accept", "application/x-ndjson").text())
        .isEqualTo(String.join("\n", client.lines(id)) + "\n");
    expect(400, client.get(thread(id) + "/items?after=-2"));
  }

  @Test
  void aSearchIsRejectedSoonWhenTooManyRun() {
    var permits =
        (Semaphore) ReflectionTestUtils.getField(context.getBean("searchService"), "permits");
    int taken = permits.drainPermits();

    var refused = expect(429, search(word));

    permits.release(taken);
    assertThat(refused.at("code")).isEqualTo("too_many_requests");
    assertThat(refused.header("retry-after")).isNotEmpty();
    await().untilAsserted(() -> expect(200, search(word)));
  }

  private String start() {
    return client.startThread("{\"source\":\"%s\"}".formatted(word));
  }

  private void rename(String id, String name) {
    expect(200, client.patch(id, "{\"name\":\"%s\"}".formatted(name), "if-match", "*"));
    saveRows();
  }

  private List<String> ids(String query) {
    var ids = new ArrayList<String>();
    expect(200, client.get("/v1/threads?" + query))
        .json()
        .path("data")
        .forEach(thread -> ids.add(thread.path("id").asString()));
    return ids;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
