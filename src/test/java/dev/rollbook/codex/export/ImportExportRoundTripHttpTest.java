package dev.rollbook.codex.export;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static dev.rollbook.http.RollbookClient.turn;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.AbstractImportHttpTest;
import dev.rollbook.http.CodexSample;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Rollouts of Codex survive an import and an export unchanged.
class ImportExportRoundTripHttpTest extends AbstractImportHttpTest {
  private static final String PARENT = "01a2034a-c88f-7201-a48b-6b0f632e3eb2";

  @Test
  void everyLineIsTheSameAfterImportAndExport() {
    var files = files();
    files.forEach(file -> file.writeTo(home));

    assertThat(importHome().at("quarantinedLines")).isEqualTo("0");

    for (var file : files) {
      var exported = client.get(thread(file.thread()) + "/rollout?format=codex");
      assertThat(expect(200, exported).text()).as(file.name()).isEqualTo(file.text());
    }
  }

  @Test
  void anExportedHomeEqualsTheImportedOne() throws IOException {
    var files = files();
    files.forEach(file -> file.writeTo(home));
    importHome();

    for (var file : files.reversed()) {
      var to = "{\"codexHome\":\"%s\"}".formatted(codexHome());
      expect(200, client.post(thread(file.thread()) + "/export", to));
    }

    for (var file : files) {
      assertThat(Files.readString(file.in(codexHome()))).as(file.name()).isEqualTo(file.text());
    }
  }

  @Test
  void changesMadeByAnExportAreNotImportedAsNewLines() throws IOException {
    var file = CodexSample.sample("01_plain").foundBy(context);
    var own = client.startThread("{\"source\":\"my harness\"}");
    for (var id : List.of(file.thread(), own)) {
      var turn = client.startTurn(id);
      var words =
          ",{\"type\":\"event_msg\",\"payload\":{\"type\":\"agent_message\",\"message\":\"m\"}}]}";
      var items = body("{\"type\":\"reasoning\"}").replace("]}", words);
      expect(200, client.post(turn(id, turn) + "/items", items));
      expect(200, client.complete(id, turn));
      var before = client.lines(id);
      var exported = client.get(thread(id) + "/rollout?format=codex").text();
      assertThat(exported).isNotEqualTo(files.readString(rollout(id)));
      var codexSays =
          "{\"timestamp\":\"2026-11-22T13:00:00.000Z\",\"type\":\"new\",\"payload\":{}}\n";
      write(id, (exported + codexSays).getBytes(UTF_8));

      assertThat(importHome().at("quarantinedLines")).isEqualTo("0");

      assertThat(client.lines(id)).startsWith(before.toArray(String[]::new));
      assertThat(client.lines(id)).hasSize(before.size() + 1);
      assertThat(client.lines(id).getLast()).contains("\"type\":\"new\"");
    }
  }

  /// All samples; the fork's parent has the id of this test, and the length that the fork knows.
  private static List<CodexSample> files() {
    var files = new ArrayList<CodexSample>();
    var parent = CodexSample.sample("10_fork_parent");
    files.add(parent);
    for (var file : CodexSample.all()) {
      if (!file.name().equals(parent.name().replace(parent.thread(), file.thread()))) {
        var text = file.text().replace(PARENT, parent.thread());
        files.add(
            file.with(text.replace("\"end_byte_offset\":40215", "\"end_byte_offset\":40181")));
      }
    }
    return files;
  }
}
