package dev.rollbook.packaged.browser;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.http.CodexSample;
import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.Npm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// A browser uses the console of a service that requires tokens.
class ConsoleIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Path SCRIPTS = Path.of("src/test/javascript");
  private static final Path TRANSCRIPTS = Path.of("src/test/resources/console/transcripts.txt");
  private static final List<String> SAMPLES =
      List.of(
          "01_plain",
          "02_tool_call",
          "03_multi_turn_reasoning",
          "04_non_ascii",
          "05_interrupted",
          "08_failed_turn",
          "10_fork_child",
          "11_legacy_mode",
          "12_compacted",
          "17_exec_resumed");
  private static final String USAGE_TABLE = "main .two table";
  private static final int DAYS_OF_USAGE = 30;
  private static final int TABS = 8;
  private static final int MANY_ITEMS = 100_000;
  private static final int MAX_ELEMENTS = 600;
  private static final int WIDTH = 1440;
  private static final int HEIGHT = 900;

  /// Higher than any of the samples.
  private static final int WHOLE_HEIGHT = 20_000;

  private static final List<String> ATTACKS =
      List.of(
          "<img src=x onerror=\\\"attacked=1\\\">",
          "<script>attacked=2</script>",
          "<svg onload=attacked=3><animate onbegin=attacked=4 attributeName=x dur=1s>",
          "[click](javascript:attacked=5) <a href='javascript:attacked=6'>me</a>",
          "![](https://evil.example/pixel.png) <img src=https://evil.example/p.png>",
          "<style>*{background:url(https://evil.example/s)}</style><div style='background:url(//evil.example)'>",
          "<iframe srcdoc='<script>parent.attacked=7</script>'></iframe><object data=//evil.example>",
          "<form action=//evil.example><input name=q autofocus onfocus=attacked=8></form>",
          "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=attacked=9&gt;'>",
          "`<img src=x onerror=attacked=10>` ```\\n<script>attacked=11</script>\\n```",
          "<details open ontoggle=attacked=12><base href=//evil.example><meta http-equiv=refresh content='0;url=//evil.example'>");

  @RegisterExtension
  static final BrowsedService browsed =
      new BrowsedService(
          "/console/",
          directory ->
              "export ROLLBOOK_HTTP_ALLOWEDHOSTS=%s;".formatted(BrowsedService.OTHER_HOST));

  private static Chromium page;
  private static RollbookClient client;

  @BeforeAll
  static void start() {
    page = browsed.page();
    client = browsed.client();
  }

  /// Each test in a tab of its own, which has to sign in.
  @BeforeEach
  void signIn() throws Exception {
    signIn(browsed.address());
    page.closeOtherTabs();
  }

  private static void signIn(String address) throws Exception {
    page.goTo(address);
    page.resize(WIDTH, HEIGHT);
    enterToken(browsed.token());
    await().atMost(LONG).until(() -> isThere("h1") && !isThere("input[name=token]"));
  }

  @Test
  void aTokenThatIsNotAcceptedIsRefusedWithAReason() throws Exception {
    page.goTo(browsed.address());
    enterToken("rbk_none");
    await().atMost(LONG).until(() -> text("[role=alert]").contains("does not accept this token"));

    assertThat(page.run("sessionStorage.length").intValue()).isZero();
    assertThat(page.run("location.href + document.cookie").stringValue())
        .isEqualTo(browsed.address());
  }

  @Test
  void allPagesOpenAndBreakNoRule() throws Exception {
    var thread = sample("02_tool_call");
    for (var hash :
        List.of("#/", "#/?tab=messages&s=hello", "#/threads/" + thread, "#/usage", "#/health")) {
      show(hash);
      await()
          .atMost(LONG)
          .until(() -> isThere("main h1") && isThere("main :is(.row, .hit, .card)"));

      assertThat(problems()).as(hash).isEmpty();
      assertThat(text("[role=alert]")).as(hash).isEmpty();
    }
  }

  @Test
  void anAddressThatIsNotEncodedIsAnsweredWithAReason() throws Exception {
    show("#/threads/%");
    await().atMost(LONG).until(() -> !text("[role=alert]").isEmpty());

    show("#/");
    await().atMost(LONG).until(() -> text("main h1").equals("Threads"));
  }

  @Test
  void usageIsGroupedByWhatThePersonChooses() throws Exception {
    use("model-one", "/console/directory-one");
    use("model-two", "/console/directory-two");
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(client.get("/v1/usage?by=model").text()).contains("model-one", "model-two"));
    show("#/usage");
    await().atMost(LONG).until(() -> text(USAGE_TABLE).contains("model-two"));
    assertThat(text(USAGE_TABLE)).contains("Model", "model-one").doesNotContain("directory-one");

    click("Directory");
    await().atMost(LONG).until(() -> text(USAGE_TABLE).contains("directory-two"));
    assertThat(text(USAGE_TABLE)).contains("Directory", "directory-one").doesNotContain("model-");
    click("Source");
    await().atMost(LONG).until(() -> text(USAGE_TABLE).contains("Source"));
    click("Model");
    await().atMost(LONG).until(() -> text(USAGE_TABLE).contains("model-two"));
    assertThat(text("main [role=alert]")).isEmpty();

    page.run("document.querySelector('figure summary').click()");
    await().atMost(LONG).until(() -> text("figure table").contains("model-one"));
    assertThat(page.run("document.querySelectorAll('figure tbody tr').length").intValue())
        .isEqualTo(DAYS_OF_USAGE);
  }

  @Test
  void typingInMessagesDoesNotReadTheListAgain() throws Exception {
    var thread = client.startThread("{\"name\":\"typing\"}");
    say(thread, "searchword");
    await()
        .atMost(LONG)
        .until(() -> client.get("/v1/search?q=searchword").json().path("data").size() > 0);
    show("#/?tab=messages");
    await().atMost(LONG).until(() -> isThere("main .empty") && facetReads() > 0);
    int before = facetReads();

    show("#/?tab=messages&s=searchword");
    await().atMost(LONG).until(() -> text("main .hits").contains("searchword"));
    assertThat(facetReads()).isEqualTo(before);
  }

  /// To accept other transcripts, replace the file by what the failure shows.
  @Test
  void historiesOfCodexAreReadableTexts() throws Exception {
    var transcripts = new StringBuilder();
    page.resize(WIDTH, WHOLE_HEIGHT);
    for (var name : SAMPLES) {
      var thread = sample(name);
      show("#/threads/%s/0?show=people,tools,thinking,frames".formatted(thread));
      long ordinals = client.get(thread(thread)).json().path("nextOrdinal").longValue();
      await()
          .atMost(LONG)
          .until(() -> isShown(0) && !isThere(".loading") && isThere(".markdown:not(.plain)"));
      assertThat(page.run("document.querySelector('[role=article]').ariaSetSize").stringValue())
          .isEqualTo(Long.toString(ordinals));
      transcripts
          .append("== ")
          .append(name)
          .append("\n\n")
          .append(script("console-transcript.js"))
          .append("\n\n");
    }

    assertThat(transcripts).hasToString(Files.readString(TRANSCRIPTS));
  }

  @Test
  void anItemOfALongThreadIsOpenedByItsLinkWithFewElements() throws Exception {
    var thread = client.startThread("{\"name\":\"long\"}");
    var items =
        IntStream.range(0, MANY_ITEMS)
            .mapToObj(
                "{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"number %d\"}}"
                    ::formatted)
            .collect(joining("\n"));
    expect(
        200,
        client.send(
            "POST",
            thread(thread) + "/items",
            items.getBytes(UTF_8),
            "content-type",
            "application/x-ndjson"));

    show("#/threads/" + thread);
    awaitText(MANY_ITEMS, "number " + (MANY_ITEMS - 1));
    show("#/threads/" + thread + "/50000");
    awaitText(50_000, "number 49999");
    await().atMost(LONG).until(() -> page.run(inSight(50_000)).booleanValue());

    assertThat(page.run("document.querySelectorAll('*').length").intValue())
        .isLessThan(MAX_ELEMENTS);
    assertThat(
            page.run("document.querySelector('[data-index=\"50000\"]').ariaPosInSet").stringValue())
        .isEqualTo("50001");
  }

  @Test
  void aGapAppearsWhileThePageFollowsAndDisappearsByRepair() throws Exception {
    var thread = client.startThread("{\"name\":\"with a gap\"}");
    var turn = client.startTurn(thread);
    show("#/threads/" + thread + "?show=people,frames");
    await().atMost(LONG).until(() -> isShown(1));

    expect(200, client.post(thread(thread) + "/shutdown"));
    var lost =
        "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"lost and found\"}}]}";
    var gap =
        expect(200, client.post(turn(thread, turn) + "/items", lost)).at("persistence", "gapId");
    awaitText(2, "missing");
    assertThat(text("[data-index='2']")).contains("recorder_removed", "PUT /v1/threads/" + thread);

    expect(200, client.post(thread(thread) + "/resume"));
    expect(200, client.repair(thread, gap, lost));
    awaitText(2, "lost and found");
    assertThat(text("[data-index='2']")).doesNotContain("missing");
  }

  @Test
  void thePageComesBackAfterItsConnectionsBroke() throws Exception {
    var thread = client.startThread("{\"name\":\"cut\"}");
    show("#/threads/" + thread + "?show=people,frames");
    await().atMost(LONG).until(() -> isShown(0));

    for (int n = 1; n <= 3; n++) {
      browsed.wire().cut(n % 2 == 0);
      say(thread, "after cut " + n);
      awaitText(n, "after cut " + n);
    }
    assertThat(page.run("document.querySelectorAll('[role=article]').length").intValue())
        .isEqualTo(4);
  }

  @Test
  void thePageContinuesAfterTheServiceWasKilledAndStartedAgain() throws Exception {
    var thread = client.startThread("{\"name\":\"killed\"}");
    show("#/threads/" + thread + "?show=people,frames");
    say(thread, "before the kill");
    awaitText(1, "before the kill");

    browsed.kill();
    await().atMost(LONG).until(() -> text("header").contains("broken"));
    browsed.startAgain();
    client = browsed.client();
    say(thread, "after the start");

    awaitText(2, "after the start");
    assertThat(text("[data-index='1']")).contains("before the kill");
  }

  /// A browser has six connections to a service, and all these tabs are visible.
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", BrowsedService.OTHER_HOST})
  void eightTabsAtOnceAllShowTheirThread(String host) throws Exception {
    var thread = client.startThread("{\"name\":\"tabs\"}");
    say(thread, "in every tab");
    for (int tab = 0; tab < TABS; tab++) {
      signIn(browsed.address(host));
      show("#/threads/" + thread);
      awaitText(1, "in every tab");
    }
    say(thread, "in the last tab at once");
    awaitText(2, "in the last tab at once");
  }

  @Test
  void hostileTextsDoNothing() throws Exception {
    var thread =
        client.startThread("{\"name\":\"%s\"}".formatted(String.join(" ", ATTACKS.subList(0, 4))));
    ATTACKS.forEach(attack -> say(thread, attack));
    await()
        .atMost(LONG)
        .until(() ->
            client.get("/v1/search?q=attacked&threadId=" + thread).json().path("data").size() > 0);

    for (var hash : List.of("#/", "#/?tab=messages&s=attacked", "#/threads/" + thread + "/0")) {
      show(hash);
      await().atMost(LONG).until(() -> text("main").contains("attacked"));
      page.run(
          "document.querySelectorAll('main a, main [tabindex]').forEach(some => some.focus())");

      assertThat(problems()).as(hash).isEmpty();
    }
    page.run("[...document.querySelectorAll('[data-href]')].map(link => link.dataset.href).join()");
    assertThat(
            page.run("document.querySelectorAll('[data-href^=\"javascript\"]').length").intValue())
        .isZero();
  }

  @Test
  void theKeysMoveThroughATranscript() throws Exception {
    var thread = client.startThread("{\"name\":\"keys\"}");
    IntStream.range(0, 200).forEach(n -> say(thread, "number " + n));
    show("#/threads/" + thread + "/100");
    awaitText(100, "number 99");
    await().atMost(LONG).until(() -> focused().equals("100"));

    pressAndAwait("j", "101");
    pressAndAwait("j", "102");
    pressAndAwait("k", "101");
    pressAndAwait("g", "0");
    page.press("/");
    await()
        .atMost(LONG)
        .until(() -> page.run("document.activeElement.type").stringValue("").equals("search"));
    page.press("j");
    assertThat(page.run("document.activeElement.value").stringValue()).isEqualTo("j");

    // What had the focus is gone, and the keys go on from what has it now.
    page.run("document.querySelector('[aria-label=\"Close find\"]').click()");
    awaitFocus("title", "Find (/)");
    page.press("G");
    awaitFocus("ariaLabel", "Transcript");
  }

  @Test
  void aMessageThatIsHigherThanThePageShowsItsBeginning() throws Exception {
    var thread = client.startThread("{\"name\":\"high\"}");
    say(thread, "before");
    say(thread, "line\\n\\n".repeat(200));
    say(thread, "after");
    show("#/threads/" + thread + "/1");
    await().atMost(LONG).until(() -> focused().equals("1"));

    pressAndAwait("j", "2");
    pressAndAwait("j", "3");
    pressAndAwait("k", "2");

    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(
                    page.run(
                            "Math.round(document.querySelector('[data-index=\"2\"]').getBoundingClientRect().top"
                                + " - document.querySelector('.scroll').getBoundingClientRect().top)")
                        .intValue())
                .isZero());
  }

  @Test
  void thePagesAreAccessibleInBothSchemes() throws Exception {
    var thread = sample("02_tool_call");
    var axe = Files.readString(axe());
    for (var scheme : List.of("light", "dark")) {
      page.prefer(scheme);
      for (var hash : List.of("#/", "#/threads/" + thread, "#/usage", "#/health")) {
        show(hash);
        await().atMost(LONG).until(() -> isThere("main h1") && isThere("main :is(.row, .card)"));
        page.run(axe + "; 0");
        var violations =
            page.run(
                "axe.run().then(result => result.violations.flatMap(rule => rule.nodes.map(node =>"
                    + " rule.id + ': ' + node.html.slice(0, 150) + ' ' + node.failureSummary)).join('\\n'))");

        assertThat(violations.stringValue()).as(scheme + " " + hash).isEmpty();
      }
    }
  }

  private static Path axe() throws Exception {
    var directory = Files.createDirectories(Npm.directory("axe"));
    var script = directory.resolve("node_modules/axe-core/axe.min.js");
    var log = directory.resolve("install.log");
    assumeTrue(
        Files.exists(script) || Npm.installs(directory, log, "axe-core@4.14.1"),
        "axe-core cannot be installed with npm, see " + log);
    return script;
  }

  private static String sample(String name) {
    var sample = CodexSample.sample(name);
    var job =
        expect(
                202,
                client.send(
                    "POST",
                    "/v1/imports?name=" + sample.name(),
                    sample.text().getBytes(UTF_8),
                    "content-type",
                    "application/x-ndjson"))
            .at("id");
    await().atMost(LONG).until(() -> client.get("/v1/imports/" + job).at("status").equals("done"));
    return sample.thread();
  }

  /// More tokens than in any of the samples, so that the groups are among those that are shown.
  private static void use(String model, String directory) {
    var thread =
        client.startThread("{\"model\":\"%s\",\"cwd\":\"%s\"}".formatted(model, directory));
    expect(
        200,
        client.post(
            turn(thread, client.startTurn(thread)) + "/complete",
            "{\"usage\":{\"input_tokens\":9000000,\"output_tokens\":1000}}"));
  }

  private static int facetReads() throws Exception {
    return page.run(
            "performance.getEntriesByType('resource').filter(entry => entry.name.includes('/v1/facets')).length")
        .intValue();
  }

  private static void click(String button) throws Exception {
    page.run(
        "[...document.querySelectorAll('main button')].find(button => button.textContent === '%s').click()"
            .formatted(button));
  }

  /// @param message with the escapes of JSON
  private static void say(String thread, String message) {
    var item =
        "{\"items\":[{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"%s\"}}]}";
    expect(200, client.post(thread(thread) + "/items", item.formatted(message)));
  }

  private static void show(String hash) throws Exception {
    page.run("location.hash = " + JsonMapper.shared().writeValueAsString(hash));
  }

  private static void enterToken(String text) throws Exception {
    await().atMost(LONG).until(() -> isThere("input[name=token]"));
    page.run(
        """
        (() => {
          const field = document.querySelector('input[name=token]');
          field.value = '%s';
          field.dispatchEvent(new Event('input', {bubbles: true}));
          field.form.requestSubmit();
        })()
        """
            .formatted(text));
  }

  private static void pressAndAwait(String key, String ordinal) throws Exception {
    page.press(key);
    await().atMost(LONG).until(() -> focused().equals(ordinal));
  }

  private static String focused() throws Exception {
    return page.run("document.activeElement.dataset.index ?? ''").stringValue();
  }

  private static void awaitFocus(String property, String value) {
    await()
        .atMost(LONG)
        .until(() -> page.run("document.activeElement." + property).stringValue("").equals(value));
  }

  private static void awaitText(long ordinal, String text) {
    await().atMost(LONG).until(() -> text("[data-index='" + ordinal + "']").contains(text));
  }

  private static boolean isShown(long ordinal) throws Exception {
    return isThere("[data-index='" + ordinal + "'] .main");
  }

  private static String inSight(long ordinal) {
    return "(() => { const box = document.querySelector('[data-index=\"%d\"]').getBoundingClientRect(); return box.top > 0 && box.bottom < innerHeight; })()"
        .formatted(ordinal);
  }

  private static boolean isThere(String selector) throws Exception {
    return page.run("document.querySelector(\"" + selector + "\") !== null").booleanValue();
  }

  private static String text(String selector) throws Exception {
    return page.run("document.querySelector(\"" + selector + "\")?.innerText ?? ''").stringValue();
  }

  private static String problems() throws Exception {
    return script("console-problems.js");
  }

  private static String script(String name) throws Exception {
    return page.run(Files.readString(SCRIPTS.resolve(name))).stringValue();
  }
}
