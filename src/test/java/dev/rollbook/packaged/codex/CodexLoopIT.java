package dev.rollbook.packaged.codex;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// All that Codex does with threads goes to Rollbook and back: what is followed while Codex works,
/// and what is imported afterwards, is what Codex shows; and what is exported into an empty home is
/// shown and gone on with there.
@Order(3)
class CodexLoopIT {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PIXEL =
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

  /// Threads that are continued at home and in the export. Each is two runs of Codex, so that a
  /// build continues those whose history is not that of one file: of a parent, a summary, a revert.
  private static final List<String> GO_ON =
      Boolean.getBoolean("rollbook.release")
          ? List.of("plain", "tool", "fork", "compacted", "image", "renamed", "reverted")
          : List.of("fork", "compacted", "reverted");

  @TempDir Path logs;
  @TempDir Path following;
  @TempDir Path importing;
  @TempDir Path homes;
  private Path home;
  private FakeModelServer model;
  private Path program;
  private final Map<String, String> ids = new LinkedHashMap<>();

  @BeforeEach
  void configure() throws Exception {
    model = new FakeModelServer();
    program = Codex.install();
    home = Files.createDirectory(homes.resolve("of-codex"));
  }

  @AfterEach
  void stop() {
    model.close();
  }

  @Test
  void importedAndWatchedThreadsMatchCodexAndAreExportedUnchanged() throws Exception {
    var follows = "export ROLLBOOK_WATCH_CODEX_HOME='%s';".formatted(home);
    Map<String, JsonNode> shown;
    try (var service = PackagedService.start(following, logs, follows)) {
      try (var codex = codex(home).appServer()) {
        work(codex);
        shown = shown(codex);
      }
      for (var name : ids.keySet()) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertSame(name, service.client(), shown.get(name)));
      }
    }
    var exported = Files.createDirectory(homes.resolve("exported"));
    var allows =
        "export ROLLBOOK_IMPORT_ROOTS='%s' ROLLBOOK_EXPORT_CODEX_HOMES='%s';"
            .formatted(home, exported);
    try (var service = PackagedService.start(importing, logs, allows)) {
      var client = service.client();
      importHome(client);
      for (var name : ids.keySet()) {
        assertSame(name, client, shown.get(name));
        expect(200, export(client, ids.get(name), exported));
      }
    }
    var seen = opened(exported);
    var copied = opened(copy());
    // Codex itself does not show all of a reverted thread whose files were copied.
    copied.put("reverted", seen.get("reverted"));
    assertThat(seen).isEqualTo(copied);
    // An archived thread of a new home shows its turns only after it was brought back.
    seen.remove("archived");
    seen.forEach((name, text) ->
        assertThat(turns(text)).as(name).isEqualTo(turns(described(shown.get(name)))));
    for (var name : GO_ON) {
      assertGoesOnAsAtHome(name, exported);
    }
  }

  private void work(CodexAppServer codex) {
    var plain = started("plain", codex);
    codex.run(plain, "a plain question");
    codex.run(plain, "a second one");
    codex.run(started("tool", codex), "[tool:echo from the shell]");
    ids.put("fork", codex.fork(plain));
    codex.run(ids.get("fork"), "behind the fork");
    codex.run(plain, "behind the fork, in the parent");
    var reviewed = started("reviewed", codex);
    codex.run(reviewed, "before the review");
    codex.call(
        "review/start",
        Map.of("threadId", reviewed, "target", Map.of("type", "custom", "instructions", "look")));
    codex.awaitTurnEnd();
    codex.run(reviewed, "after the review");
    var compacted = started("compacted", codex);
    codex.run(compacted, "before");
    codex.call("thread/compact/start", Map.of("threadId", compacted));
    codex.awaitTurnEnd();
    codex.run(compacted, "after");
    var image = started("image", codex);
    codex.run(image, Map.of("type", "image", "url", PIXEL));
    codex.run(image, "what was it?");
    var renamed = started("renamed", codex);
    codex.run(renamed, "to be renamed");
    codex.call("thread/name/set", Map.of("threadId", renamed, "name", "first name"));
    codex.call("thread/name/set", Map.of("threadId", renamed, "name", "söcond name"));
    var reverted = started("reverted", codex);
    codex.run(reverted, "one");
    var takenBack = codex.run(reverted, "two");
    codex.revert(reverted, takenBack);
    codex.run(reverted, "instead of two");
    var archived = started("archived", codex);
    codex.run(archived, "to be archived");
    codex.call("thread/archive", Map.of("threadId", archived));
  }

  private String started(String name, CodexAppServer codex) {
    var id = codex.start();
    ids.put(name, id);
    return id;
  }

  private Map<String, JsonNode> shown(CodexAppServer codex) {
    var shown = new LinkedHashMap<String, JsonNode>();
    ids.forEach((name, id) -> shown.put(name, codex.thread(id)));
    return shown;
  }

  /// Rollbook shows of a thread what Codex shows.
  private void assertSame(String name, RollbookClient client, JsonNode codex) {
    var id = ids.get(name);
    var read = expect(200, client.get(thread(id)));
    assertThat(read.json().path("name").asString(null))
        .as("name of %s", name)
        .isEqualTo(codex.path("name").asString(null));
    assertThat(read.at("preview")).as("preview of %s", name).isEqualTo(text(codex, "preview"));
    assertThat(read.json().path("archivedAt").isNull())
        .as("archived: %s", name)
        .isEqualTo(!name.equals("archived"));
    assertThat(read.json().path("activeTurnId").isNull()).as("turn of %s", name).isTrue();
    assertThat(read.at("completeness")).as(name).isEqualTo("complete");
    var turns = expect(200, client.get(thread(id) + "/turns?limit=100")).json().path("data");
    // Codex shows the two turns of a review the other way round than they stand in its file.
    assertThat(turns.valueStream().map(turn -> text(turn, "id") + " " + text(turn, "status")))
        .as("turns of %s", name)
        .containsExactlyInAnyOrderElementsOf(
            codex
                .path("turns")
                .valueStream()
                .map(turn -> text(turn, "id") + " " + text(turn, "status"))
                .toList());
  }

  private void importHome(RollbookClient client) {
    var body = JSON.writeValueAsString(Map.of("path", home.toString()));
    var location = expect(202, client.post("/v1/imports", body)).header("location");
    await()
        .atMost(PATIENCE)
        .until(() -> List.of("done", "failed").contains(client.get(location).at("status")));
    var done = client.get(location);
    assertThat(done.at("status")).as(done.text()).isEqualTo("done");
    assertThat(done.at("problems")).isEqualTo("[]");
  }

  private static RollbookClient.Answer export(RollbookClient client, String id, Path to) {
    var body = JSON.writeValueAsString(Map.of("codexHome", to.toString()));
    return client.post(thread(id) + "/export", body);
  }

  /// The files of Codex in a new home, without its databases: what it shows of them is what can be
  /// shown of an export. Names and the previews of forks are only in the databases.
  private Path copy() throws IOException {
    var copy = Files.createDirectory(homes.resolve("copy"));
    for (var name : List.of("sessions", "archived_sessions", "session_index.jsonl")) {
      FileSystemUtils.copyRecursively(home.resolve(name), copy.resolve(name));
    }
    return copy;
  }

  /// What a person sees of all threads who opens a home for the first time.
  private Map<String, String> opened(Path at) throws IOException {
    var seen = new LinkedHashMap<String, String>();
    try (var codex = codex(at).appServer()) {
      assertThat(codex.listed()).contains(ids.get("plain"), ids.get("renamed"));
      ids.forEach((name, id) -> {
        if (!name.equals("archived")) {
          codex.resume(id);
        }
        seen.put(name, described(codex.thread(id)));
      });
    }
    return seen;
  }

  private static String turns(String described) {
    return described.substring(described.indexOf('\n'));
  }

  private static String described(JsonNode thread) {
    var text = new StringBuilder(thread.path("name") + " " + thread.path("preview") + "\n");
    for (var turn : thread.path("turns")) {
      text.append(turn.path("id")).append(turn.path("status")).append("\n");
      for (var item : turn.path("items")) {
        text.append("  ").append(item).append("\n");
      }
    }
    return text.toString();
  }

  /// The model is sent the same by the exported thread as by Codex's own.
  private void assertGoesOnAsAtHome(String name, Path exported) throws Exception {
    codex(home).execResume(ids.get(name), "and now?");
    var athome = model.lastContext();
    codex(exported).execResume(ids.get(name), "and now?");
    assertThat(model.lastContext()).as(name).isEqualTo(athome);
  }

  private Codex codex(Path at) throws IOException {
    return new Codex(program, at).configured(model);
  }

  private static String text(JsonNode of, String member) {
    return of.path(member).asString("");
  }
}
