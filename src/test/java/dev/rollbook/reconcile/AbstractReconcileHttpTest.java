package dev.rollbook.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.CodexSample;
import dev.rollbook.http.HttpTest;
import dev.rollbook.model.ThreadId;
import dev.rollbook.statedb.ThreadRepository;
import dev.rollbook.statedb.ThreadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/// Base class of reconciliation tests.
abstract class AbstractReconcileHttpTest extends HttpTest {
  @Autowired ThreadRepository threadRows;

  /// What earlier tests have left would be counted among the findings of this test.
  @BeforeEach
  void reconcileWhatEarlierTestsLeft() {
    saveRows();
    reconcile();
    forgetLog();
  }

  static long count(JsonNode result, String finding) {
    return result.path("counts").path(finding).longValue();
  }

  /// What is to be known of a thread, as `finding path`.
  static List<String> problems(JsonNode result, String thread) {
    return result.path("problems").values().stream()
        .filter(problem -> problem.path("threadId").stringValue().equals(thread))
        .map(problem ->
            problem.path("finding").stringValue() + " " + problem.path("rollout").stringValue())
        .toList();
  }

  /// A thread that nobody has in memory, as Codex left it, with its row.
  CodexSample codexThread() {
    return CodexSample.sample("02_tool_call").foundBy(context);
  }

  ThreadRow row(CodexSample file) {
    return threadRows.findById(ThreadId.parse(file.thread()).value()).orElseThrow();
  }

  /// Where the row says that its rollout lies.
  String path(CodexSample file) {
    return row(file).storage().rolloutPath();
  }

  static Path archived(CodexSample file) {
    return dataDir().resolve("archived_sessions").resolve(file.name());
  }

  static Path write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  static Path move(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    return Files.move(from, to);
  }

  static String name(Path file) {
    return dataDir().relativize(file).toString();
  }

  static Path setAside(Path file) {
    return dataDir().resolve("set_aside").resolve(name(file));
  }

  List<String> warningsOf(CodexSample file) {
    return logged(Level.WARN).stream().filter(line -> line.contains(file.thread())).toList();
  }

  void assertReadable(CodexSample file, String text) {
    assertThat(client.lines(file.thread())).hasSameSizeAs(text.lines().toList());
  }
}
