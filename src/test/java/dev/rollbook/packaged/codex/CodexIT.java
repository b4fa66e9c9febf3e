package dev.rollbook.packaged.codex;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient;
import dev.rollbook.packaged.PackagedService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The real Codex lists, shows and continues threads that Rollbook keeps.
@Order(5)
class CodexIT {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String SHOWN =
      "{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"an answer\"}}";
  private static final String SENT =
      "{\"type\":\"response_item\",\"payload\":{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"an answer\"}]}}";

  private static final List<String> EXCHANGE = List.of("user: a question", "assistant: an answer");

  /// Written by Codex, and in the data-dir from the beginning.
  private static final String OF_CODEX = "01a2034a-b9dd-7661-b3ea-5308f7ee69cf";

  @TempDir static Path logs;
  @TempDir static Path dataDir;
  @TempDir static Path homes;
  private static Path allowedHome;
  private static Path program;
  private static PackagedService service;
  private static FakeModelServer model;
  @TempDir Path copy;
  private RollbookClient client;

  @BeforeAll
  static void start() throws Exception {
    program = Codex.install();
    var day = Files.createDirectories(dataDir.resolve("sessions/2026/11/22"));
    for (var sample :
        new PathMatchingResourcePatternResolver().getResources("classpath:samples/01_*.jsonl")) {
      var name = String.valueOf(sample.getFilename()).replaceFirst(".*__", "");
      Files.copy(sample.getFilePath(), day.resolve(name));
    }
    allowedHome = Files.createDirectory(homes.resolve("allowed"));
    model = new FakeModelServer();
    var settings =
        "export ROLLBOOK_EXPORT_CODEX_HOMES='%s' ROLLBOOK_IMPORT_ROOTS='%s';"
            .formatted(allowedHome, homes);
    service = PackagedService.start(dataDir, logs, settings);
  }

  @AfterAll
  static void stop() {
    if (service != null) {
      service.close();
      model.close();
    }
  }

  @BeforeEach
  void connect() {
    client = service.client();
  }

  @Test
  void theDataDirCanBeUsedAsCodexHome() throws Exception {
    var id = client.startThread("{\"name\":\"the näme\",\"modelProvider\":\"fake\"}");
    converse(id, SHOWN, SENT);
    copyDataDir();
    var codex = new Codex(program, copy).configured(model);

    assertShown(codex, id, "the näme", EXCHANGE);
    assertGoesOn(codex, id, EXCHANGE);
  }

  @Test
  void anExportedThreadCanBeContinuedInCodex() throws Exception {
    var id = client.startThread("{\"name\":\"exported\",\"source\":\"my harness\"}");
    converse(id, SHOWN);
    converse(id, SENT);
    expect(200, export(id, "fake"));
    var codex = new Codex(program, allowedHome).configured(model);
    var twice = Stream.concat(EXCHANGE.stream(), EXCHANGE.stream()).toList();

    assertShown(codex, id, "exported", twice);
    assertGoesOn(codex, id, twice);
  }

  @Test
  void aThreadStartedInCodexAndContinuedHereIsOneThreadInCodex() throws Exception {
    converse(OF_CODEX, SHOWN);
    expect(200, export(OF_CODEX, "fake"));
    var codex = new Codex(program, allowedHome).configured(model);
    var messages =
        List.of(
            "user: plain chat", "assistant: Reply 7: plain chat",
            "user: a question", "assistant: an answer");

    try (var server = codex.appServer()) {
      assertThat(server.listed()).contains(OF_CODEX);
      // A paginated thread has its screen from the time when it is first gone on with.
      server.resume(OF_CODEX);
      assertThat(server.messages(OF_CODEX)).isEqualTo(messages);
    }
    assertGoesOn(codex, OF_CODEX, messages);
  }

  @Test
  void aCodexForkIsImportedAndExportedWithItsParent() throws Exception {
    var itsHome = Files.createDirectory(homes.resolve("of-codex"));
    String parent;
    String fork;
    try (var server = new Codex(program, itsHome).configured(model).appServer()) {
      parent = server.start();
      server.run(parent, "before the fork");
      fork = server.fork(parent);
      server.run(fork, "behind the fork");
    }
    assertImports(itsHome);
    expect(200, export(fork, "fake"));
    var codex = new Codex(program, allowedHome).configured(model);

    try (var server = codex.appServer()) {
      // A fork shows what it has of its parent when that was gone on with too.
      server.resume(parent);
      server.resume(fork);
    }
    assertGoesOn(
        codex,
        fork,
        List.of(
            "user: before the fork", "assistant: " + FakeModelServer.ANSWER,
            "user: behind the fork", "assistant: " + FakeModelServer.ANSWER));
  }

  @Test
  void aThreadRevertedInCodexIsImportedAsCodexShowsIt() throws Exception {
    var itsHome = Files.createDirectory(homes.resolve("with-reverts"));
    String id;
    List<String> before;
    List<String> shown;
    try (var server = new Codex(program, itsHome).configured(model).appServer()) {
      id = server.start();
      server.run(id, "one");
      var second = server.run(id, "two");
      server.run(id, "three");
      before = server.messages(id);
      server.revert(id, second);
      server.run(id, "instead of two");
      server.run(id, "and on");
      shown = server.messages(id);
    }
    assertImports(itsHome);

    assertThat(messages(id)).isEqualTo(shown);
    var kept = client.get("/v1/threads?forkedFromId=" + id).json().path("data");
    assertThat(kept).hasSize(1);
    var keptId = kept.path(0).path("id").asString();
    assertThat(messages(keptId)).isEqualTo(before);

    expect(200, export(id, "fake"));
    expect(200, export(keptId, "fake"));
    var codex = new Codex(program, allowedHome).configured(model);
    try (var server = codex.appServer()) {
      server.resume(id);
      server.resume(keptId);
      assertThat(server.messages(id)).isEqualTo(shown);
      assertThat(server.messages(keptId)).isEqualTo(before);
    }
    assertGoesOn(codex, id, shown);
    assertImports(allowedHome);
    try (var server = codex.appServer()) {
      assertThat(messages(id)).isEqualTo(server.messages(id)).hasSize(shown.size() + 2);
    }
    assertThat(messages(keptId)).isEqualTo(before);
  }

  @Test
  void aThreadContinuedInCodexIsImportedCompletely() throws Exception {
    var id = client.startThread("{\"source\":\"my harness\"}");
    converse(id, SHOWN);
    expect(200, export(id, "fake"));
    var before = client.lines(id);
    new Codex(program, allowedHome).configured(model).execResume(id, "and now?");

    assertImports(allowedHome);

    var lines = client.lines(id);
    assertThat(lines).startsWith(before.toArray(String[]::new));
    assertThat(lines.subList(before.size(), lines.size()))
        .anyMatch(line -> line.contains("\"message\":\"and now?\""))
        .anyMatch(line -> line.contains("\"message\":\"" + FakeModelServer.ANSWER + "\""))
        .noneMatch(line -> line.contains("an answer"));
  }

  /// What was said in a thread that Codex began, as Rollbook has it.
  private List<String> messages(String id) {
    return client.lines(id).stream()
        .map(line -> JSON.readTree(line).path("payload").path("item"))
        .map(item ->
            switch (item.path("type").asString("")) {
              case "UserMessage" -> "user: " + text(item);
              case "AgentMessage" -> "assistant: " + text(item);
              default -> "";
            })
        .filter(messages -> !messages.isEmpty())
        .toList();
  }

  private static String text(JsonNode item) {
    return item.path("content").path(0).path("text").asString();
  }

  /// Imports all that is there, and loses nothing of it.
  private void assertImports(Path home) {
    var started = client.post("/v1/imports", "{\"path\":%s}".formatted(quoted(home.toString())));
    var location = expect(202, started).header("location");
    await().until(() -> List.of("done", "failed").contains(client.get(location).at("status")));
    var done = client.get(location);
    assertThat(done.at("status")).as(done.text()).isEqualTo("done");
    assertThat(done.at("quarantinedLines")).as(done.text()).isEqualTo("0");
    assertThat(done.at("files", "failed")).as(done.text()).isEqualTo("0");
  }

  private static void assertShown(Codex codex, String id, String name, List<String> messages)
      throws IOException {
    try (var server = codex.appServer()) {
      assertThat(server.listed()).contains(id);
      assertThat(server.thread(id).path("name").asString()).isEqualTo(name);
      assertThat(server.messages(id)).isEqualTo(messages);
    }
  }

  /// The model gets all that was said before, and what Codex adds is in the thread then.
  private static void assertGoesOn(Codex codex, String id, List<String> before) throws Exception {
    codex.execResume(id, "and now?");

    var sent = new ArrayList<>(before);
    sent.add("user: and now?");
    assertThat(model.lastContext()).isEqualTo(sent);
    try (var server = codex.appServer()) {
      assertThat(server.messages(id))
          .startsWith(before.toArray(String[]::new))
          .endsWith("user: and now?", "assistant: " + FakeModelServer.ANSWER);
    }
  }

  private void converse(String id, String... items) {
    var turn =
        expect(201, client.post(thread(id) + "/turns", "{\"input\":\"a question\"}")).at("id");
    var body = "{\"items\":[" + String.join(",", items) + "]}";
    expect(200, client.post(turn(id, turn) + "/items", body));
    expect(200, client.complete(id, turn));
  }

  private RollbookClient.Answer export(String id, String provider) {
    return client.post(
        thread(id) + "/export",
        "{\"codexHome\":%s,\"modelProvider\":%s}"
            .formatted(quoted(allowedHome.toString()), quoted(provider)));
  }

  private static String quoted(String text) {
    return JSON.writeValueAsString(text);
  }

  /// As whoever stops the service and starts Codex there would find it, but for the search index:
  /// its files come and go while the service runs, and Codex looks at none of them.
  private void copyDataDir() throws IOException {
    try (var entries = Files.list(dataDir)) {
      for (var entry : entries.filter(name -> !name.endsWith("search")).toList()) {
        FileSystemUtils.copyRecursively(entry, copy.resolve(entry.getFileName()));
      }
    }
  }
}
