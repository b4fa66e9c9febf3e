package dev.rollbook.codex.export;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.http.CodexSample;
import dev.rollbook.http.RollbookClient.Answer;
import dev.rollbook.rollout.disk.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Exports into an allowed `CODEX_HOME` are atomic and never overwrite lines of Codex.
class ExportToCodexHttpTest extends AbstractExportHttpTest {
  @Test
  void aThreadIsWrittenWhereCodexLooksForIt() throws IOException {
    var id = client.startThread("{\"name\":\"the näme\"}");
    say(id);

    var answer = expect(200, export(id, codexHome()));

    var file = codexHome().toRealPath().resolve(client.get(thread(id)).at("rollout", "path"));
    assertThat(answer.at("outcome")).isEqualTo("created");
    assertThat(answer.at("path")).isEqualTo(file.toString());
    assertThat(file).hasSameBinaryContentAs(rollout(id));
    assertThat(answer.at("bytes")).isEqualTo(Long.toString(Files.size(file)));
    assertThat(files(answer)).containsExactly(file, index());
    assertThat(Files.readAllLines(index()).getLast())
        .contains("\"id\":\"" + id + "\"", "\"thread_name\":\"the näme\"");
    assertThat(disk.calls()).anyMatch(call -> call.is(Operation.FORCE_DIRECTORY, file.getParent()));
  }

  @Test
  void anUnchangedThreadIsNotWrittenAgain() throws IOException {
    var id = client.startThread("{\"name\":\"once\"}");
    expect(200, export(id, codexHome()));
    var names = Files.readAllLines(index());

    var again = expect(200, export(id, codexHome()));

    assertThat(again.at("outcome")).isEqualTo("unchanged");
    assertThat(again.at("files")).isEqualTo("[]");
    assertThat(Files.readAllLines(index())).isEqualTo(names);
  }

  @Test
  void laterItemsAreAppendedByTheNextExport() throws IOException {
    var id = client.startThread();
    expect(200, export(id, codexHome()));
    say(id);

    var again = expect(200, export(id, codexHome()));

    assertThat(again.at("outcome")).isEqualTo("extended");
    assertThat(Path.of(again.at("path"))).hasSameBinaryContentAs(rollout(id));
  }

  @Test
  void aFileMovedByCodexIsUpdatedInPlace() throws IOException {
    var id = client.startThread();
    var first = Path.of(expect(200, export(id, codexHome())).at("path"));
    var archived = codexHome().toRealPath().resolve("archived_sessions");
    Files.createDirectories(archived);
    var moved = Files.move(first, archived.resolve(first.getFileName()));
    say(id);

    var again = expect(200, export(id, codexHome()));

    assertThat(again.at("path")).isEqualTo(moved.toString());
    assertThat(moved).hasSameBinaryContentAs(rollout(id));
    assertThat(first).doesNotExist();
  }

  @Test
  void anArchivedThreadIsExportedAsArchived() {
    var id = client.startThread();
    expect(200, client.post(thread(id) + "/archive"));

    var answer = expect(200, export(id, codexHome()));

    assertThat(Path.of(answer.at("path")).getParent()).endsWithRaw(Path.of("archived_sessions"));
  }

  @Test
  void aThreadThatIsLiveInCodexIsNotTouched() throws IOException {
    var id = client.startThread();
    var file = Path.of(expect(200, export(id, codexHome())).at("path"));
    var before = Files.readString(file);
    say(id);
    var lock = codexHome().resolve("thread-writer-locks").resolve(id + ".lock");
    Files.createDirectories(lock.getParent());
    Files.createFile(lock);

    var refused = expect(409, export(id, codexHome()));

    assertThat(refused.at("code")).isEqualTo("codex_thread_live");
    assertThat(refused.at("detail")).contains("thread-writer-locks/" + id + ".lock");
    assertThat(file).hasContent(before);
    assertNothingUnfinished();
    Files.delete(lock);
    expect(200, export(id, codexHome()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"more\":1}\n", "", "x"})
  void linesWrittenByCodexAreNeverOverwritten(String written) throws IOException {
    var id = client.startThread();
    var file = Path.of(expect(200, export(id, codexHome())).at("path"));
    var theirs = written.isEmpty() ? "other" : Files.readString(file) + written;
    Files.writeString(file, theirs);
    say(id);

    var refused = expect(409, export(id, codexHome()));

    assertThat(refused.at("code")).isEqualTo("codex_differs");
    assertThat(refused.at("detail")).contains(file.getFileName().toString());
    assertThat(file).hasContent(theirs);
    assertNothingUnfinished();
  }

  @Test
  void aThreadRevertedInCodexIsNotTouched() throws IOException {
    var id = client.startThread();
    var file = Path.of(expect(200, export(id, codexHome())).at("path"));
    Files.writeString(
        file.resolveSibling("rollout-2026-11-22T12-00-00-%s_%s.jsonl".formatted(id, id)), "{}\n");
    say(id);

    assertThat(expect(409, export(id, codexHome())).at("code")).isEqualTo("codex_differs");
  }

  @Test
  void theModelProviderCanBeReplaced() throws IOException {
    var id = client.startThread("{\"modelProvider\":\"mine\"}");
    say(id);

    var answer =
        expect(
            200, post(id, JSON.writeValueAsString(new ExportBody(codexHome().toString(), "fake"))));

    var lines = Files.readAllLines(Path.of(answer.at("path")));
    var meta = JSON.readTree(lines.getFirst()).path("payload");
    assertThat(meta.path("model_provider").asString()).isEqualTo("fake");
    assertThat(meta.path("rollbook").path("model_provider").asString()).isEqualTo("mine");
    var stored = Files.readAllLines(rollout(id));
    assertThat(lines.subList(1, lines.size())).isEqualTo(stored.subList(1, stored.size()));
  }

  @Test
  void aForkIsExportedWithItsParents() throws IOException {
    var parent = CodexSample.sample("10_fork_parent").foundBy(context);
    var child = fork(parent);
    joined(parent, child, "session_meta").foundBy(context);

    var answer = expect(200, export(child.thread(), codexHome()));

    assertThat(files(answer))
        .containsExactly(parent.in(codexHome().toRealPath()), child.in(codexHome().toRealPath()));
    assertThat(parent.in(codexHome())).hasContent(parent.text());
    assertThat(child.in(codexHome())).hasContent(child.text());
    assertThat(files(expect(200, export(child.thread(), codexHome())))).isEmpty();
  }

  @Test
  void theOffsetOfAForkIsAdjustedWhenItsParentIsWrittenLonger() throws IOException {
    var parent = CodexSample.sample("10_fork_parent").foundBy(context);
    var child = fork(parent);
    joined(parent, child, "session_meta").foundBy(context);

    var wanted =
        JSON.writeValueAsString(new ExportBody(codexHome().toString(), "another provider"));
    expect(200, post(child.thread(), wanted));

    var written = Files.readString(parent.in(codexHome()));
    assertThat(written).contains("\"model_provider\":\"another provider\"");
    assertThat(endByteOffset(child)).isEqualTo(Files.size(parent.in(codexHome())));
  }

  @Test
  void aForkWithoutItsParentIsExportedAsOneFile() throws IOException {
    var parent = CodexSample.sample("10_fork_parent");
    var child = fork(parent);
    var all = joined(parent, child, "forked_session_meta").foundBy(context);

    expect(200, export(child.thread(), codexHome()));

    assertThat(child.in(codexHome())).hasContent(all.text());
  }

  /// The fork's place in a parent of just this length.
  private static CodexSample fork(CodexSample parent) {
    var child = CodexSample.sample("10_fork_child");
    var base =
        "\"history_base\":{\"thread_id\":\"%s\",\"end_ordinal_exclusive\":23,\"end_byte_offset\":%d}";
    return child.with(
        child
            .text()
            .replaceFirst(
                "\"history_base\":\\{[^}]*}",
                base.formatted(parent.thread(), parent.text().getBytes(UTF_8).length)));
  }

  private static long endByteOffset(CodexSample child) throws IOException {
    return JSON.readTree(Files.readAllLines(child.in(codexHome())).getFirst())
        .path("payload")
        .path("history_base")
        .path("end_byte_offset")
        .asLong();
  }

  private static List<Path> files(Answer answer) {
    return answer.json().path("files").valueStream().map(file -> Path.of(file.asString())).toList();
  }

  private static Path index() throws IOException {
    return codexHome().toRealPath().resolve("session_index.jsonl");
  }

  private static void assertNothingUnfinished() throws IOException {
    try (Stream<Path> all = Files.walk(codexHome())) {
      assertThat(all).noneMatch(file -> file.getFileName().toString().startsWith("."));
    }
  }
}
