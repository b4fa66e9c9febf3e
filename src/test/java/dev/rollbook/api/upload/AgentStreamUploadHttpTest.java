package dev.rollbook.api.upload;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.AbstractSearchHttpTest;
import dev.rollbook.http.OpenUpload;
import dev.rollbook.http.RollbookClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Uploads of other agents' output: `codex exec --json` and Claude Code's `stream-json`.
class AgentStreamUploadHttpTest extends AbstractSearchHttpTest {
  private static final String CODEX =
      """
      {"type":"thread.started","thread_id":"01a22798-c262-7a50-8318-87d3f73ce645"}
      {"type":"turn.started"}
      {"type":"item.completed","item":{"id":"item_1","type":"reasoning","text":"**Thinking** about quicksilver"}}
      {"type":"item.started","item":{"id":"item_2","type":"command_execution","command":"echo quicksand","aggregated_output":"","exit_code":null,"status":"in_progress"}}
      {"type":"item.completed","item":{"id":"item_2","type":"command_execution","command":"echo quicksand","aggregated_output":"quickstep\\n","exit_code":0,"status":"completed"}}
      {"type":"item.completed","item":{"id":"item_4","type":"agent_message","text":"Reply: quicklime"}}
      {"type":"turn.completed","usage":{"input_tokens":200,"cached_input_tokens":20,"output_tokens":40}}
      """;

  private static final String CLAUDE =
      """
      {"type":"system","subtype":"init","session_id":"7f6c2f1e-8c3a-4c55-9b1d-2a2b3c4d5e6f","cwd":"/home/dev/project","tools":["Bash"]}
      {"type":"assistant","message":{"id":"msg_01","role":"assistant","content":[{"type":"text","text":"looking for quartz"},{"type":"tool_use","name":"Bash","input":{"command":"ls quarry"}}],"usage":{"input_tokens":3,"output_tokens":1}}}
      {"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"quarter.txt"}]}}
      {"type":"result","subtype":"success","result":"looking for quartz","usage":{"input_tokens":10,"output_tokens":5}}
      """;

  private String thread;
  private String turn;

  @BeforeEach
  void startATurn() {
    thread = client.startThread();
    turn = client.startTurn(thread);
  }

  @Test
  void aCodexStreamIsKeptByteForByteIndexedAndCounted() {
    var receipt = expect(200, upload(CODEX, "codex_exec"));
    expect(200, client.complete(thread, turn));

    assertThat(receipt.at("accepted")).isEqualTo("7");
    assertThat(receipt.json().has("unreadable")).isFalse();
    assertThat(client.lines(thread))
        .anyMatch(line -> line.contains("\"type\":\"codex_exec\",\"payload\":" + lineOf(CODEX, 3)));
    for (var word : new String[] {"quicksilver", "quicksand", "quickstep", "quicklime"}) {
      assertThat(hits(word)).as(word).hasSize(1);
    }
    assertThat(hits("quicklime").get(0).path("role").stringValue()).isEqualTo("assistant");
    assertThat(client.get(thread(thread)).at("preview")).isEqualTo("Reply: quicklime");
    assertUsage("{\"cached_input_tokens\":20,\"input_tokens\":200,\"output_tokens\":40}");
  }

  @Test
  void aClaudeCodeStreamIsIndexedOnceAndCounted() {
    expect(200, upload(CLAUDE, "claude_code"));
    expect(200, client.complete(thread, turn));

    for (var word : new String[] {"quartz", "quarry", "quarter.txt"}) {
      assertThat(hits(word)).as(word).hasSize(1);
    }
    assertThat(hits("quartz").get(0).path("role").stringValue()).isEqualTo("assistant");
    assertThat(client.get(thread(thread)).at("preview")).isEqualTo("looking for quartz");
    assertUsage("{\"input_tokens\":10,\"output_tokens\":5}");
  }

  @Test
  void usageStatedAtTheEndOfTheTurnWins() {
    expect(200, upload(CODEX + CODEX, "codex_exec"));
    expect(200, client.post(turn(thread, turn) + "/complete", "{\"usage\":{\"input_tokens\":7}}"));

    assertUsage("{\"input_tokens\":7}");
  }

  @Test
  void aStreamOfAnyNameIsAccepted() {
    var receipt = expect(200, upload("{\"a\":{\"b\":[1.10]}}\n{}\n", "my-agent.v2"));

    assertThat(receipt.at("accepted")).isEqualTo("2");
    assertThat(client.lines(thread))
        .anyMatch(
            line -> line.contains("\"type\":\"my-agent.v2\",\"payload\":{\"a\":{\"b\":[1.10]}}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Codex",
        "9a",
        "a b",
        "session_meta",
        "event_msg",
        "response_item",
        "compacted",
        "unreadable_line"
      })
  void aReservedStreamNameIsRejected(String name) {
    var problem = expect(400, upload("{}\n", name.replace(" ", "%20")));

    assertThat(problem.json().at("/errors/0/pointer").stringValue()).isEqualTo("wrap");
  }

  @Test
  void aLineThatIsNotAnObjectIsKeptInOrder() {
    var receipt =
        expect(200, upload("{\"n\":1}\nwarning: ünreadable\n[1]\n\n{\"n\":\n{\"n\":2}", "x"));

    assertThat(receipt.at("accepted")).isEqualTo("5");
    assertThat(receipt.at("unreadable", "lines")).isEqualTo("3");
    assertThat(receipt.at("unreadable", "first", "line")).isEqualTo("2");
    assertThat(receipt.at("unreadable", "first", "detail")).contains("not valid JSON");
    var items = payloads("unreadable_line");
    assertThat(items).extracting(item -> item.path("line").intValue()).containsExactly(2, 3, 5);
    assertThat(items)
        .extracting(item -> item.path("text").stringValue())
        .containsExactly("warning: ünreadable", "[1]", "{\"n\":");
    assertThat(payloads("x")).hasSize(2);
  }

  @Test
  void invalidUtf8IsKept() {
    var line = new byte[] {'{', (byte) 0xC3, (byte) 0x28, 0, '}'};

    var receipt =
        expect(
            200, upload(concat(line, "\n{\"n\":\"ü\"}\n".getBytes(StandardCharsets.UTF_8)), "x"));

    assertThat(receipt.at("unreadable", "lines")).isEqualTo("1");
    assertThat(
            Base64.getDecoder()
                .decode(payloads("unreadable_line").getFirst().path("base64").stringValue()))
        .isEqualTo(line);
    assertThat(payloads("x")).hasSize(1);
  }

  @Test
  void aByteOrderMarkAtTheStartIsSkipped() {
    var receipt = expect(200, upload("\uFEFF{\"n\":1}\r\n{\"n\":2}\r\n", "x"));

    assertThat(receipt.json().has("unreadable")).isFalse();
    assertThat(payloads("x")).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLineLongerThanAnItemIsSplit(boolean ended) {
    var text = "ä".repeat(5 * 1024 * 1024);
    var body = "{\"n\":1}\n\"" + text + "\"" + (ended ? "\n{\"n\":2}\n" : "");

    var receipt = expect(200, upload(body, "x"));

    assertThat(receipt.at("unreadable", "lines")).isEqualTo("1");
    assertThat(receipt.at("unreadable", "first", "detail")).contains("larger than");
    var parts = new StringBuilder();
    payloads("unreadable_line").forEach(part -> parts.append(part.path("text").stringValue()));
    assertThat(parts.toString().equals("\"" + text + "\"")).isTrue();
    assertThat(payloads("x")).hasSize(ended ? 2 : 1);
  }

  @Test
  void theClientCanContinueAfterItsTurnEnded() throws IOException {
    try (var upload = OpenUpload.chunked(port, items("x"))) {
      upload.send("{\"n\":1}\n");
      await().until(() -> payloads("x").size() == 1);
      expect(200, client.complete(thread, turn));
      for (int i = 0; i < 3; i++) {
        upload.send("{\"n\":2}\n" + "x".repeat(100_000) + "\n");
      }
      var problem = upload.end();

      assertThat(problem.status()).isEqualTo(409);
      assertThat(problem.at("code")).isEqualTo("turn_ended");
      assertThat(problem.at("receipt", "accepted")).isEqualTo("1");
    }
  }

  @Test
  void theClientCanContinueWithAnUnknownThread() throws IOException {
    var path = turn(UUID.randomUUID().toString(), turn) + "/items?wrap=x";
    try (var upload = OpenUpload.chunked(port, path)) {
      var problem = upload.send("{}\n".repeat(100_000)).end();

      assertThat(problem.status()).isEqualTo(404);
    }
  }

  @Test
  void withoutWrappingTheRestAfterABadLineIsReadAndDiscarded() throws IOException {
    try (var upload = OpenUpload.chunked(port, turn(thread, turn) + "/items")) {
      upload.send("{\"type\":\"turn.started\",\"n\":0}\n");
      for (int i = 0; i < 3; i++) {
        upload.send("{\"type\":\"x\",\"payload\":1}\n" + "x".repeat(100_000));
      }
      var problem = upload.end();

      assertThat(problem.status()).isEqualTo(400);
      assertThat(problem.at("detail")).startsWith("line 1: ");
      assertThat(problem.at("receipt", "accepted")).isEqualTo("0");
    }
  }

  private void assertUsage(String json) {
    assertThat(client.get(turn(thread, turn)).at("usage")).isEqualTo(json);
    assertThat(client.get(thread(thread)).json().at("/usage/own").toString()).isEqualTo(json);
  }

  private RollbookClient.Answer upload(String body, String wrap) {
    return upload(body.getBytes(StandardCharsets.UTF_8), wrap);
  }

  private RollbookClient.Answer upload(byte[] body, String wrap) {
    return client.send("POST", items(wrap), body, "content-type", "application/x-ndjson");
  }

  private String items(String wrap) {
    return turn(thread, turn) + "/items?wrap=" + wrap;
  }

  private List<JsonNode> payloads(String type) {
    return client.lines(thread).stream()
        .map(line -> JsonMapper.shared().readTree(line))
        .filter(item -> item.path("type").stringValue().equals(type))
        .map(item -> item.path("payload"))
        .toList();
  }

  private List<JsonNode> hits(String word) {
    return awaitFound(1, word, "&threadId=" + thread);
  }

  private static String lineOf(String text, int line) {
    return text.lines().toList().get(line - 1);
  }

  private static byte[] concat(byte[] one, byte[] other) {
    var both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }
}
