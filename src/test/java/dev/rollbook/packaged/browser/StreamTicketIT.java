package dev.rollbook.packaged.browser;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A browser follows a thread of a service that requires tokens. The page has the token, and sends
/// a ticket with its `EventSource`.
///
/// The service keeps the owners of one tenant apart, which the tests of the browser do not notice,
/// because their token sees all tenants.
class StreamTicketIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String TICKET =
      """
      fetch('%s/v1/stream-tickets', {
        method: 'POST',
        headers: {Authorization: 'Bearer %s', 'Content-Type': 'application/json'},
        body: '{"threadId":"%s"}'
      }).then(answer => answer.json()).then(answer => answer.ticket ?? answer.code, failed => 'failed')
      """;
  private static final String FOLLOW =
      """
      var ordinals = [], opened = 0, broken = 0;
      var events = new EventSource('%s');
      events.onopen = () => opened++;
      events.onerror = () => broken++;
      events.addEventListener('item/appended', event => ordinals.push(JSON.parse(event.data).ordinal));
      """;

  private static final String CEDAR =
      "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"user_message\",\"message\":\"cedar\"}}]}";

  /// Of an `EventSource` that does not connect again.
  private static final int CLOSED = 2;

  @RegisterExtension
  static final BrowsedService browsed =
      new BrowsedService("/swagger-ui/index.html", StreamTicketIT::settings);

  private static CuttingProxy wire;
  private static Chromium page;
  private static String token;
  private static String ann;
  private static String bob;
  private static RollbookClient client;
  private String thread;

  private static String settings(Path directory) throws Exception {
    var tokens = directory.resolve("tokens.yml");
    ann = PackagedService.createToken(tokens, "ann", "read,append,manage,import");
    bob = PackagedService.createToken(tokens, "bob", "read,append,manage,import");
    return "export ROLLBOOK_SECURITY_TOKENSFILE='%s' ROLLBOOK_SECURITY_ISOLATION=owner;"
        .formatted(tokens);
  }

  @BeforeAll
  static void start() {
    wire = browsed.wire();
    page = browsed.page();
    token = browsed.token();
    client = browsed.client();
  }

  @AfterAll
  static void nothingIsLogged() {
    assertThat(browsed.service().stdout())
        .noneMatch(line -> line.contains(" WARN ") || line.contains(" ERROR "));
  }

  @BeforeEach
  void startAThread() throws Exception {
    thread = client.startThread();
    page.goTo(browsed.address());
  }

  @Test
  void aPageFollowsWithATicketAndReconnects() throws Exception {
    var ticket = page.run(TICKET.formatted("", token, thread)).stringValue();
    page.run(FOLLOW.formatted(events("", ticket)));
    awaitOrdinal(0);

    for (int n = 1; n <= 3; n++) {
      append();
      awaitOrdinal(n);
      wire.cut(n % 2 == 0);
      awaitCount("broken", n);
      awaitCount("opened", n + 1);
    }
    append();
    awaitOrdinal(4);

    assertThat(page.run("ordinals.join()").stringValue()).isEqualTo("0,1,2,3,4");
  }

  @Test
  void aPageFollowsNothingWithoutATicketOfTheThread() throws Exception {
    var other = client.startThread();
    var ticketOfOther = page.run(TICKET.formatted("", token, other)).stringValue();

    for (var url :
        List.of(
            thread(thread) + "/events?after=-1",
            events("", "x"),
            events("", ticketOfOther),
            "/v1/events?ticket=" + ticketOfOther)) {
      page.run(FOLLOW.formatted(url));
      awaitClosed();
      assertThat(page.run("opened + ordinals.length").intValue()).as(url).isZero();
    }
    assertThat(page.run(TICKET.formatted("", "x", thread)).stringValue())
        .isEqualTo("unauthenticated");
  }

  @Test
  void aPageOfAnotherOriginCanDoNothing() throws Exception {
    var ticket = page.run(TICKET.formatted("", token, thread)).stringValue();
    var address = "http://127.0.0.1:" + browsed.service().port();

    try (var foreign = CrossOriginPage.start()) {
      for (var host : List.of("localhost", "127.0.0.1")) {
        page.goTo(foreign.url(host));

        assertThat(page.run(TICKET.formatted(address, token, thread)).stringValue())
            .isEqualTo("failed");
        page.run(FOLLOW.formatted(events(address, ticket)));
        awaitClosed();
        assertThat(page.run("opened + ordinals.length").intValue()).as(host).isZero();
        var read = "fetch('%s').then(answer => answer.type, failed => 'failed')";
        assertThat(page.run(read.formatted(events(address, ticket))).stringValue())
            .isEqualTo("failed");
      }
    }
    page.goTo(browsed.address());
    page.run(FOLLOW.formatted(events("", ticket)));
    awaitOrdinal(0);
  }

  @Test
  void ownersOfOneTenantDoNotSeeEachOthersThreads() {
    var hers = client.withToken(ann);
    var his = client.withToken(bob);
    var id = hers.startThread("{\"name\":\"cedar\",\"cwd\":\"/cedar\",\"model\":\"cedar\"}");
    expect(200, hers.post(thread(id) + "/items", CEDAR));
    await().until(() -> hers.get("/v1/search?q=cedar").text().contains(id));

    for (var path : List.of("", "/items", "/turns", "/gaps", "/rollout", "/events")) {
      assertThat(expect(404, his.get(thread(id) + path)).at("code")).isEqualTo("thread_not_found");
    }
    expect(404, his.patch(id, "{\"name\":\"his\"}"));
    expect(404, his.post(thread(id) + "/items", body("{}")));
    expect(404, his.post(thread(id) + "/fork", "{}"));
    expect(404, his.post("/v1/stream-tickets", "{\"threadId\":\"%s\"}".formatted(id)));
    expect(404, his.delete(thread(id)));
    expect(409, his.post("/v1/threads", "{\"id\":\"%s\"}".formatted(id)));
    for (var list : List.of("/v1/threads", "/v1/facets", "/v1/search?q=cedar", "/v1/imports")) {
      assertThat(expect(200, his.get(list)).text()).as(list).doesNotContain(id, "cedar");
    }
    assertThat(hers.get("/v1/threads").text()).contains(id).doesNotContain(thread);
    assertThat(hers.get("/v1/facets").text()).contains("cedar");
    assertThat(hers.get(thread(id)).at("name")).isEqualTo("cedar");
    assertThat(client.get("/v1/threads").text()).contains(id, thread);
  }

  private String events(String address, String ticket) {
    return address + thread(thread) + "/events?after=-1&ticket=" + ticket;
  }

  private void append() {
    expect(200, client.post(thread(thread) + "/items", body("1")));
  }

  private static void awaitOrdinal(long ordinal) {
    await().atMost(LONG).until(() -> page.run("ordinals.at(-1)").longValue(-1) >= ordinal);
  }

  private static void awaitCount(String counter, int count) {
    await().atMost(LONG).until(() -> page.run(counter).intValue() >= count);
  }

  private static void awaitClosed() {
    await().atMost(LONG).until(() -> page.run("events.readyState").intValue() == CLOSED);
  }
}
