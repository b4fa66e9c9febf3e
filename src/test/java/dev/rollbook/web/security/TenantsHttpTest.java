package dev.rollbook.web.security;

import static dev.rollbook.http.AbstractImportHttpTest.meta;
import static dev.rollbook.http.AbstractImportHttpTest.user;
import static dev.rollbook.http.AbstractSearchHttpTest.PATIENCE;
import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractSearchHttpTest;
import dev.rollbook.http.EventClient;
import dev.rollbook.http.RawRequest;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.model.ThreadId;
import dev.rollbook.reconcile.RowRebuilder;
import dev.rollbook.rollout.Rollouts;
import dev.rollbook.statedb.ThreadRepository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Ann and Bob belong to different tenants: nothing of one reaches the other.
class TenantsHttpTest extends AbstractAuthenticationHttpTest {
  private static final String NDJSON = "application/x-ndjson";
  private static final String PAGINATED = ",\"history_mode\":\"paginated\"";

  private final String word = AbstractSearchHttpTest.word();
  private RollbookClient ann;
  private RollbookClient bob;

  @BeforeEach
  void takeTheTokens() {
    ann = new RollbookClient(port).withToken(ANN);
    bob = new RollbookClient(port).withToken(BOB);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "&sort=createdAt",
        "&direction=asc",
        "&q={word}",
        "&cwd=/{word}",
        "&model={word}",
        "&source={word}",
        "&status=idle",
        "&forkedFromId={id}"
      })
  void listsHaveOnlyTheThreadsOfTheTenant(String filter) {
    var hers = startMarked(ann);
    var fork = expect(201, ann.post(thread(hers) + "/fork", "{}")).at("id");
    var his = startMarked(bob);
    var path = "/v1/threads?limit=100" + filter.replace("{word}", word).replace("{id}", hers);
    var expected = filter.contains("forked") ? fork : hers;

    assertThat(ann.get(path).text()).contains(expected).doesNotContain(his);
    assertThat(bob.get(path).text()).doesNotContain(hers, fork);
    assertThat(client.get(path).text()).contains(expected);
  }

  @Test
  void pagesOfATenantAreFull() {
    for (int n = 0; n < 3; n++) {
      startMarked(ann);
      startMarked(bob);
    }

    var first = bob.get("/v1/threads?limit=2&source=" + word).json();
    assertThat(first.path("data")).hasSize(2);
    var second =
        bob.get(
                "/v1/threads?limit=2&source=%s&cursor=%s"
                    .formatted(word, first.path("nextCursor").stringValue()))
            .json();
    assertThat(second.path("data")).hasSize(1);
    assertThat(second.path("nextCursor").isNull()).isTrue();
  }

  @Test
  void facetsCountOnlyTheThreadsOfTheTenant() {
    startMarked(ann);
    startMarked(ann);
    startMarked(bob);

    for (var path : List.of("/v1/facets?limit=100", "/v1/facets?limit=100&kind=all")) {
      assertThat(counts(ann.get(path))).isEqualTo(List.of(2L, 2L, 2L));
      assertThat(counts(bob.get(path))).isEqualTo(List.of(1L, 1L, 1L));
      assertThat(counts(client.get(path))).isEqualTo(List.of(3L, 3L, 3L));
    }
  }

  @Test
  void gapsAreThoseOfThreadsOfTheTenant() {
    var hers = startMarked(ann);
    var his = startMarked(bob);
    loseAnItem(ann, hers);
    loseAnItem(bob, his);

    for (var path : List.of("/v1/gaps?limit=100", "/v1/gaps?limit=100&reason=recorder_removed")) {
      assertThat(ann.get(path).text()).contains(hers, word).doesNotContain(his);
      assertThat(bob.get(path).text()).contains(his).doesNotContain(hers);
      assertThat(client.get(path).text()).contains(hers, his);
    }
  }

  @Test
  void usageIsThatOfThreadsOfTheTenant() {
    startMarked(ann);
    useTokens(ann, startMarked(ann), 1);
    useTokens(bob, startMarked(bob), 10);
    useTokens(ann, startMarked(ann), 100);
    saveRows();

    for (var by : List.of("day", "model", "cwd", "source", "model,source")) {
      var path = "/v1/usage?source=%s&by=%s".formatted(word, by);
      assertThat(tokens(ann.get(path))).isEqualTo("101 2");
      assertThat(tokens(bob.get(path))).isEqualTo("10 1");
      assertThat(tokens(client.get(path))).isEqualTo("111 3");
    }
    var byThread = "/v1/usage?by=thread&limit=10000";
    assertThat(bob.get(byThread).json().path("data").valueStream())
        .allSatisfy(group -> expect(200, bob.get(thread(group.at("/key/threadId").stringValue()))));
  }

  private static void useTokens(RollbookClient caller, String thread, int tokens) {
    var turn = caller.startTurn(thread);
    expect(
        200,
        caller.post(
            thread(thread) + "/turns/" + turn + "/complete",
            "{\"usage\":{\"input_tokens\":%d}}".formatted(tokens)));
  }

  private static String tokens(Answer report) {
    return report.at("total", "tokens", "input") + " " + report.at("total", "threads");
  }

  private static void loseAnItem(RollbookClient caller, String thread) {
    var turn = caller.startTurn(thread);
    expect(200, caller.post(thread(thread) + "/shutdown"));
    expect(200, caller.append(thread, turn, "1"));
  }

  private List<Long> counts(Answer facets) {
    return facets
        .json()
        .valueStream()
        .flatMap(values -> values.valueStream())
        .filter(facet -> facet.path("value").stringValue().contains(word))
        .map(facet -> facet.path("threads").longValue())
        .toList();
  }

  @Test
  void aSearchFindsOnlyItemsOfTheTenant() {
    var hers = startMarked(ann);
    say(ann, hers, word + " of ann");
    var his = startMarked(bob);
    say(bob, his, word + " of bob");

    var search = "/v1/search?q=" + word;
    await().atMost(PATIENCE).until(() -> client.get(search).json().path("data").size() == 2);
    for (var parameters : List.of("", "&sort=newest", "&cwd=/" + word, "&source=" + word)) {
      assertThat(ann.get(search + parameters).text()).contains(hers).doesNotContain(his);
      assertThat(bob.get(search + parameters).text()).contains(his).doesNotContain(hers);
    }
    assertThat(bob.get(search + "&threadId=" + hers).json().path("data")).isEmpty();
    var page = bob.get(search + "&limit=1").json();
    assertThat(page.path("data")).hasSize(1);
    assertThat(page.path("nextCursor").isNull()).isTrue();
  }

  @Test
  void theOrderOfASearchDoesNotDependOnItemsOfOthers() {
    var his = startMarked(bob);
    say(bob, his, word);
    say(bob, his, word);
    var search = "/v1/search?q=" + word;
    var page = search + "&limit=1&threadId=" + his;
    await().atMost(PATIENCE).until(() -> bob.get(search).json().path("data").size() == 2);
    var cursor = bob.get(page).at("nextCursor");

    var hers = startMarked(ann);
    say(ann, hers, word + " " + word);
    say(ann, hers, word);
    await().atMost(PATIENCE).until(() -> ann.get(search).json().path("data").size() == 2);

    assertThat(bob.get(page).at("nextCursor")).isEqualTo(cursor);
  }

  @Test
  void theEventsOfAllThreadsAreThoseOfTheTenant() throws IOException {
    try (var hers = EventClient.open(port, "/v1/events", "authorization", "Bearer " + ANN);
        var his = EventClient.open(port, "/v1/events", "authorization", "Bearer " + BOB)) {
      var annThread = startMarked(ann);
      var bobThread = startMarked(bob);
      expect(200, ann.post(thread(annThread) + "/archive"));
      expect(204, ann.delete(thread(annThread)));
      expect(204, bob.delete(thread(bobThread)));

      assertThat(his.awaitEvents(2))
          .allSatisfy(event -> assertThat(event.at("threadId")).isEqualTo(bobThread));
      assertThat(hers.awaitEvents(3))
          .allSatisfy(event -> assertThat(event.at("threadId")).isEqualTo(annThread));
    }
  }

  @Test
  void aTicketForTheEventsOfAThreadOfOthersIsRefusedLikeThatOfAMissingOne() {
    var hers = startMarked(ann);
    var missing = UUID.randomUUID().toString();
    var body = "{\"threadId\":\"%s\"}";

    var refused = expect(404, bob.post("/v1/stream-tickets", body.formatted(hers)));
    var refusal = expect(404, bob.post("/v1/stream-tickets", body.formatted(missing)));

    assertThat(refused.text().replace(hers, "")).isEqualTo(refusal.text().replace(missing, ""));
    assertThat(expect(200, ann.post("/v1/stream-tickets", body.formatted(hers))).at("ticket"))
        .isNotEmpty();
  }

  @Test
  void anIdThatOthersHaveOrHadIsTaken() {
    var hers = startMarked(ann);
    var his = startMarked(bob);
    var withId = "{\"id\":\"%s\"}".formatted(hers);

    for (var taken :
        List.of(
            bob.post("/v1/threads", withId),
            bob.post("/v1/threads", "{\"id\":\"%s\",\"resumeId\":\"%s\"}".formatted(hers, hers)),
            bob.post(thread(his) + "/fork", withId))) {
      assertTaken(taken, hers);
    }
    assertThat(expect(200, ann.post("/v1/threads", withId)).at("name")).isEqualTo(word);

    expect(204, ann.delete(thread(hers)));
    assertTaken(bob.post("/v1/threads", withId), hers);
    assertTaken(bob.post(thread(his) + "/fork", withId), hers);
    assertTaken(upload(bob, meta(hers)), hers);
    expect(201, ann.post("/v1/threads", withId));
  }

  private void assertTaken(Answer answer, String id) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(409);
    assertThat(answer.at("code")).isEqualTo("thread_id_taken");
    assertThat(answer.text().replace(id, "")).doesNotContain(word, "ann", "team-a");
    assertThat(answer.header("etag")).isEmpty();
    assertThat(answer.header("location")).isEmpty();
  }

  @Test
  void aResumeOfAThreadOfOthersFallsBackLikeThatOfAMissingOne() {
    var hers = startMarked(ann);
    var missing = UUID.randomUUID().toString();
    var resume = "{\"resumeId\":\"%s\",\"onResumeFailure\":\"%s\"}";

    var foreign = expect(201, bob.post("/v1/threads", resume.formatted(hers, "fresh")));
    var none = expect(201, bob.post("/v1/threads", resume.formatted(missing, "fresh")));
    assertThat(foreign.at("resume").replace(hers, ""))
        .isEqualTo(none.at("resume").replace(missing, ""));
    assertThat(foreign.at("resume", "reason")).isEqualTo("thread_not_found");
    assertThat(foreign.text()).doesNotContain(word);

    var refused = expect(404, bob.post("/v1/threads", resume.formatted(hers, "fail")));
    var refusal = expect(404, bob.post("/v1/threads", resume.formatted(missing, "fail")));
    assertThat(refused.text().replace(hers, "")).isEqualTo(refusal.text().replace(missing, ""));
  }

  @Test
  void aForkBelongsToTheCallerAndFindsItsItemsWhenTheParentIsHidden() {
    var hers = startMarked(ann);
    say(ann, hers, word);

    var fork = expect(201, client.post(thread(hers) + "/fork", "{}")).at("id");

    expect(404, ann.get(thread(fork)));
    expect(404, bob.get(thread(fork)));
    var colleague = new RollbookClient(port).withToken(TOKENS.token("without-all-tenants"));
    expect(200, colleague.get(thread(fork)));
    var search = "/v1/search?q=" + word;
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(colleague.get(search).text()).contains(fork));
    assertThat(colleague.get(search).text()).doesNotContain("\"threadId\":\"" + hers);
  }

  @Test
  void aRebuildKeepsTheOwner() throws IOException {
    var hers = startMarked(ann);
    client = ann;
    unload(hers);
    var path = ann.get(thread(hers)).at("rollout", "path");
    var first = Files.readAllLines(DATA.resolve(path)).getFirst();
    assertThat(first).contains("\"rollbook_tenant\":\"team-a\"", "\"rollbook_owner\":\"ann\"");

    context.getBean(ThreadRepository.class).remove(UUID.fromString(hers));
    expect(404, ann.get(thread(hers)));
    var ref = context.getBean(Rollouts.class).ref(ThreadId.parse(hers), path);
    context.getBean(RowRebuilder.class).insert(ref);

    assertThat(ann.get(thread(hers)).at("name")).isEqualTo(word);
    expect(404, bob.get(thread(hers)));
  }

  @Test
  void whatHasNoOwnerBelongsToTheDefaultTenant() throws IOException {
    var id = UUID.randomUUID();
    var ref =
        context
            .getBean(Rollouts.class)
            .ref(new ThreadId(id), "sessions/rollout-2025-10-01T12-00-00-%s.jsonl".formatted(id));
    Files.writeString(DATA.resolve(ref.name()), meta(id.toString()) + "\n" + user(word) + "\n");
    context.getBean(RowRebuilder.class).insert(ref);

    expect(404, ann.get(thread(id.toString())));
    var colleague = new RollbookClient(port).withToken(TOKENS.token("without-all-tenants"));
    assertThat(colleague.get(thread(id.toString())).at("preview")).isEqualTo(word);
    say(colleague, id.toString(), word);
    assertThat(colleague.get("/v1/threads?q=" + word).text()).contains(id.toString());
    assertThat(ann.get("/v1/threads?q=" + word).text()).doesNotContain(id.toString());
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(colleague.get("/v1/search?q=" + word).text()).contains(id.toString()));
  }

  @Test
  void anImportAndItsThreadsBelongToTheCaller() {
    var id = UUID.randomUUID().toString();
    var forged = ",\"rollbook_tenant\":\"team-b\",\"rollbook_owner\":\"bob\"";

    var done = imported(ann, meta(id, forged), user(word));

    assertThat(done.at("threadsCreated")).isEqualTo("1");
    assertThat(ann.get(thread(id)).at("preview")).isEqualTo(word);
    expect(404, bob.get(thread(id)));
    expect(404, bob.get("/v1/imports/" + done.at("id")));
    assertThat(ann.get("/v1/imports?limit=100").text()).contains(done.at("id"));
    assertThat(bob.get("/v1/imports?limit=100").text()).doesNotContain(done.at("id"));
    assertThat(ann.lines(id)).hasSize(2);

    var again = imported(ann, meta(id, forged), user(word), user("more"));
    assertThat(again.at("items")).isEqualTo("1");
    assertThat(ann.lines(id)).hasSize(3);
    assertTaken(upload(bob, meta(id), user("bob's")), id);
    assertThat(ann.lines(id)).hasSize(3);
  }

  @Test
  void anImportOfADirectoryChangesNoThreadOfOthers() throws IOException {
    var hers = UUID.randomUUID().toString();
    imported(ann, meta(hers), user(word));
    var home = Files.createDirectory(foreignDir().resolve("home-" + UUID.randomUUID()));
    var day = Files.createDirectories(home.resolve("sessions/2025/10/01"));
    Files.writeString(
        day.resolve("rollout-2025-10-01T12-00-00-%s.jsonl".formatted(hers)),
        meta(hers) + "\n" + user(word) + "\n" + user("bob's") + "\n");
    Files.writeString(
        home.resolve("session_index.jsonl"),
        "{\"id\":\"%s\",\"thread_name\":\"bob's\",\"updated_at\":\"2030-10-01T12:00:00.000Z\"}%n"
            .formatted(hers));

    var done = finished(bob, bob.post("/v1/imports", "{\"path\":\"%s\"}".formatted(home)));

    assertThat(done.at("files", "failed")).isEqualTo("1");
    assertThat(done.at("problems")).contains("is taken").doesNotContain(word);
    assertThat(ann.lines(hers)).hasSize(2);
    assertThat(ann.get(thread(hers)).at("name")).isEqualTo("null");

    expect(204, ann.delete(thread(hers)));
    var deleted = finished(bob, bob.post("/v1/imports", "{\"path\":\"%s\"}".formatted(home)));
    assertThat(deleted.at("files", "failed")).isEqualTo("1");
    assertThat(deleted.at("files", "deleted")).isEqualTo("0");
    assertThat(deleted.at("problems")).contains("is taken");
  }

  /// The id that the fork would have is free to choose for others: it must not make an import lose
  /// the earlier history.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anImportedRevertKeepsTheEarlierHistoryEvenIfOthersHaveItsId(boolean deleted)
      throws IOException {
    var reverted = UUID.randomUUID().toString();
    var segment = UUID.randomUUID().toString();
    expect(201, ann.post("/v1/threads", "{\"id\":\"%s\"}".formatted(segment)));
    if (deleted) {
      expect(204, ann.delete(thread(segment)));
    }
    var home = Files.createDirectory(foreignDir().resolve("home-" + UUID.randomUUID()));
    var day = Files.createDirectories(home.resolve("sessions/2025/10/01"));
    Files.writeString(
        day.resolve("rollout-2025-10-01T12-00-00-%s.jsonl".formatted(reverted)),
        "%s%n%s%n%s%n"
            .formatted(
                ordinal(0, meta(reverted, PAGINATED)),
                ordinal(1, user("first")),
                ordinal(2, user("undone"))));
    var base =
        ",\"history_base\":{\"thread_id\":\"%s\",\"end_ordinal_exclusive\":2,\"end_byte_offset\":500}"
            .formatted(reverted);
    Files.writeString(
        day.resolve("rollout-2025-10-01T12-00-00-%s_%s.jsonl".formatted(reverted, segment)),
        "%s%n%s%n"
            .formatted(ordinal(2, meta(reverted, PAGINATED + base)), ordinal(3, user("instead"))));

    var done = finished(bob, bob.post("/v1/imports", "{\"path\":\"%s\"}".formatted(home)));

    assertThat(done.at("problems")).isEqualTo("[]");
    assertThat(bob.lines(reverted).toString())
        .contains("first", "instead")
        .doesNotContain("undone");
    var kept = bob.get("/v1/threads?forkedFromId=" + reverted).json().path("data");
    assertThat(kept).hasSize(1);
    var id = kept.path(0).path("id").asString();
    assertThat(id).isNotEqualTo(segment);
    assertThat(bob.lines(id).toString()).contains("first", "undone");
  }

  private static String ordinal(int ordinal, String line) {
    return "{\"ordinal\":%d,%s".formatted(ordinal, line.substring(1));
  }

  @Test
  void anImportedForkGetsNoHistoryOfAParentOfOthers() {
    var parent = UUID.randomUUID().toString();
    imported(ann, meta(parent), user(word));
    var child = UUID.randomUUID().toString();

    var done =
        imported(
            bob,
            meta(
                child,
                """
                ,"forked_from_id":"%1$s","forked_from_ordinal_exclusive":2,\
                "history_base":{"thread_id":"%1$s","end_ordinal_exclusive":2,"end_byte_offset":500}\
                """
                    .formatted(parent)),
            user("mine"));

    assertThat(done.at("problems")).contains(parent, "not in Rollbook");
    assertThat(bob.lines(child).toString()).contains("mine").doesNotContain(word);
  }

  /// The directory of an import can have files of threads that the caller does not see.
  @Test
  void anImportedForkGetsNoLinesFromTheFileOfAParentOfOthers() throws IOException {
    var parent = UUID.randomUUID().toString();
    var hers = new String[] {ordinal(0, meta(parent, PAGINATED)), ordinal(1, user(word))};
    imported(ann, hers);
    var child = UUID.randomUUID().toString();
    var base =
        """
        ,"forked_from_id":"%1$s","history_base":{"thread_id":"%1$s","end_ordinal_exclusive":2,\
        "end_byte_offset":500}\
        """
            .formatted(parent);
    var home = Files.createDirectory(foreignDir().resolve("home-" + UUID.randomUUID()));
    var day = Files.createDirectories(home.resolve("sessions/2025/10/01"));
    Files.write(
        day.resolve("rollout-2025-10-01T12-00-00-%s.jsonl".formatted(parent)), List.of(hers));
    Files.write(
        day.resolve("rollout-2025-10-01T12-00-01-%s.jsonl".formatted(child)),
        List.of(ordinal(2, meta(child, PAGINATED + base)), ordinal(3, user("mine"))));

    var done = finished(bob, bob.post("/v1/imports", "{\"path\":\"%s\"}".formatted(home)));

    assertThat(done.at("problems")).contains("is taken", "not in Rollbook");
    assertThat(bob.lines(child).toString()).contains("mine").doesNotContain(word);

    // The owner of the parent gets them.
    var own = UUID.randomUUID().toString();
    Files.write(
        day.resolve("rollout-2025-10-01T12-00-02-%s.jsonl".formatted(own)),
        List.of(ordinal(2, meta(own, PAGINATED + base)), ordinal(3, user("hers"))));
    finished(ann, ann.post("/v1/imports", "{\"path\":\"%s\"}".formatted(home)));
    assertThat(ann.lines(own).toString()).contains("hers", word);
  }

  /// Lines that a fork has in common with its parent count as inherited. A caller could import
  /// guesses, and learn from that which of them are right.
  @Test
  void anImportedForkIsNotComparedWithAParentOfOthers() {
    var parent = UUID.randomUUID().toString();
    var turn = UUID.randomUUID().toString();
    imported(ann, meta(parent), started(turn), used(100), completed(turn));
    var fork = ",\"forked_from_id\":\"%s\"".formatted(parent);

    var guess = UUID.randomUUID().toString();
    imported(bob, meta(guess, fork), started(turn), used(100), completed(turn));
    var own = UUID.randomUUID().toString();
    imported(ann, meta(own, fork), started(turn), used(100), completed(turn));

    assertThat(bob.get(thread(guess)).at("usage", "inherited")).isEqualTo("null");
    assertThat(ann.get(thread(own)).at("usage", "inherited")).contains("100");
  }

  private static String started(String turn) {
    return event("{\"type\":\"task_started\",\"turn_id\":\"%s\"}".formatted(turn));
  }

  private static String completed(String turn) {
    return event("{\"type\":\"task_complete\",\"turn_id\":\"%s\"}".formatted(turn));
  }

  private static String used(int tokens) {
    return event(
        "{\"type\":\"token_count\",\"info\":{\"total_token_usage\":{\"total_tokens\":%1$d},\"last_token_usage\":{\"total_tokens\":%1$d}}}"
            .formatted(tokens));
  }

  private static String event(String payload) {
    return "{\"timestamp\":\"2025-10-01T12:00:02.000Z\",\"type\":\"event_msg\",\"payload\":%s}"
        .formatted(payload);
  }

  @Test
  void metersNameNeitherTenantsNorThreads() {
    var hers = startMarked(ann);
    expect(404, bob.get(thread(hers)));

    var meters = get("all", "/actuator/prometheus").send(managementPort);

    assertThat(meters.status()).isEqualTo(200);
    assertThat(meters.body()).doesNotContain("team-a", "team-b", hers, word);
  }

  @Test
  void refusalsLogNothing() {
    var hers = startMarked(ann);
    forgetLog();

    expect(404, bob.get(thread(hers)));
    expect(409, bob.post("/v1/threads", "{\"id\":\"%s\"}".formatted(hers)));

    assertThat(loggedOutsideJobs(Level.INFO)).isEmpty();
  }

  @Test
  void nothingCanBeAppendedToAThreadOfOthers() {
    var hers = startMarked(ann);

    expect(404, bob.post(thread(hers) + "/items", body("{}")));
    var raw = RawRequest.of("POST", thread(hers) + "/items").body("application/json", body("{}"));
    assertThat(with(BOB, raw).send(port).status()).isEqualTo(404);
    assertThat(with(ANN, raw).send(port).status()).isEqualTo(200);

    assertThat(ann.lines(hers)).hasSize(2);
  }

  private String startMarked(RollbookClient caller) {
    return caller.startThread(
        "{\"name\":\"%1$s\",\"cwd\":\"/%1$s\",\"model\":\"%1$s\",\"source\":\"%1$s\"}"
            .formatted(word));
  }

  private static void say(RollbookClient caller, String thread, String text) {
    var item =
        "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"user_message\",\"message\":\"%s\"}}]}"
            .formatted(text);
    expect(200, caller.post(thread(thread) + "/items", item));
  }

  private static Answer upload(RollbookClient caller, String... lines) {
    var rollout = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    return caller.send("POST", "/v1/imports", rollout, "content-type", NDJSON);
  }

  private static Answer imported(RollbookClient caller, String... lines) {
    return finished(caller, upload(caller, lines));
  }

  private static Answer finished(RollbookClient caller, Answer started) {
    var location = expect(202, started).header("location");
    await().until(() -> List.of("done", "failed").contains(caller.get(location).at("status")));
    return caller.get(location);
  }
}
