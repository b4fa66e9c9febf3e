package dev.rollbook.codex.export;

import static dev.rollbook.http.RollbookClient.body;
import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.rollout.disk.FaultyDisk;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Exports outside the allowed directories are rejected, and a failed export leaves no partial
/// file.
class ExportRefusalsHttpTest extends AbstractExportHttpTest {
  @TempDir Path elsewhere;

  @Test
  void nothingIsWrittenOutsideAllowedDirectories() throws IOException {
    var id = client.startThread();
    var link = Files.createSymbolicLink(elsewhere.resolve("link"), Path.of("/"));
    var inside = Files.createDirectories(codexHome().resolve("inside"));
    var sneaky = codexHome() + "/../" + codexHome().getFileName() + "/inside";

    for (var home :
        List.of(
            elsewhere.toString(),
            link.toString(),
            inside.toString(),
            sneaky,
            "/",
            "",
            ".",
            "relative",
            "/no/such/directory",
            codexHome().getParent().toString(),
            "a\u0000b")) {
      var refused = post(id, JSON.writeValueAsString(new ExportBody(home, null)));
      if (home.contains("\u0000")) {
        assertThat(refused.status()).isEqualTo(400);
      } else {
        assertThat(expect(403, refused).at("code")).isEqualTo("codex_home_not_allowed");
        assertThat(refused.at("detail")).contains("rollbook.export.codex-homes");
      }
    }
    Files.delete(link);
    assertThat(elsewhere).isEmptyDirectory();
    assertThat(inside).isEmptyDirectory();
  }

  @Test
  void aSymlinkToAnAllowedDirectoryIsAllowed() throws IOException {
    var id = client.startThread();
    var link = Files.createSymbolicLink(elsewhere.resolve("link"), codexHome());

    assertThat(expect(200, export(id, link)).at("path"))
        .startsWith(codexHome().toRealPath().toString());
    Files.delete(link);
  }

  @Test
  void aSymlinkBelowAnAllowedDirectoryIsNotFollowedOutside() throws IOException {
    var id = client.startThread("{\"name\":\"n\"}");
    var home = Files.createDirectories(linkedCodexHome());
    var sessions = Files.createSymbolicLink(home.resolve("sessions"), elsewhere);

    var refused = expect(403, export(id, home));

    assertThat(refused.at("code")).isEqualTo("codex_home_not_allowed");
    assertThat(elsewhere).isEmptyDirectory();
    Files.delete(sessions);
    var names = elsewhere.resolve("names");
    Files.createFile(names);
    var index = Files.createSymbolicLink(home.resolve("session_index.jsonl"), names);
    expect(403, export(id, home));
    assertThat(names).isEmptyFile();
    Files.delete(index);
    expect(200, export(id, home));
  }

  @ParameterizedTest
  @EnumSource(names = {"CREATE", "APPEND", "FORCE", "MOVE"})
  void aDiskFailureLeavesNothingBehind(Operation operation) throws IOException {
    var id = client.startThread();
    var home = codexHome().toRealPath();
    disk.fail(
        call -> call.operation() == operation && call.path().startsWith(home),
        FaultyDisk.noSpaceLeft());

    assertThat(expect(507, export(id, codexHome())).at("code")).isEqualTo("storage_full");

    disk.heal();
    assertThat(written(id)).isEmpty();
    assertThat(expect(200, export(id, codexHome())).at("outcome")).isEqualTo("created");
  }

  @Test
  void invalidRequestsAreRejected() {
    var id = client.startThread();
    var home = codexHome().toString();

    for (var body :
        List.of(
            "{}",
            "{\"codexHome\":null}",
            "{\"codexHome\":1}",
            "[]",
            "{",
            "{\"codexHome\":\"%s\",\"force\":true}".formatted(home),
            "{\"codexHome\":\"%s\",\"modelProvider\":\"\"}".formatted(home),
            "{\"codexHome\":\"%s\",\"modelProvider\":7}".formatted(home))) {
      assertThat(expect(400, post(id, body)).at("code")).isEqualTo("invalid_request");
    }
    assertThat(expect(404, export(UUID.randomUUID().toString(), codexHome())).at("code"))
        .isEqualTo("thread_not_found");
  }

  private static List<Path> written(String id) throws IOException {
    try (Stream<Path> all = Files.walk(codexHome())) {
      return all.filter(file -> file.toString().contains(id)).toList();
    }
  }
}
