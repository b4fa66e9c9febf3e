package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What Codex wrote comes out of an import and an export as it went in.
class ThereAndBackHttpTest extends ImportTest {
  private static final String PARENT = "01a2034a-c88f-7201-a48b-6b0f632e3eb2";

  @Test
  void noLineIsAnotherAfterAnImportAndAnExport() {
    var files = files();
    files.forEach(file -> file.writeTo(home));

    assertThat(importHome().at("quarantinedLines")).isEqualTo("0");

    for (var file : files) {
      var exported = client.get(thread(file.thread()) + "/rollout?format=codex");
      assertThat(expect(200, exported).text()).as(file.name()).isEqualTo(file.text());
    }
  }

  @Test
  void aHomeThatIsExportedToIsAsTheOneThatWasImported() throws IOException {
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

  /// All samples; the fork's parent has the id of this test, and the length that the fork knows.
  private static List<CodexFile> files() {
    var files = new ArrayList<CodexFile>();
    var parent = CodexFile.sample("10_fork_parent");
    files.add(parent);
    for (var file : CodexFile.all()) {
      if (!file.name().equals(parent.name().replace(parent.thread(), file.thread()))) {
        var text = file.text().replace(PARENT, parent.thread());
        files.add(
            file.with(text.replace("\"end_byte_offset\":40215", "\"end_byte_offset\":40181")));
      }
    }
    return files;
  }
}
