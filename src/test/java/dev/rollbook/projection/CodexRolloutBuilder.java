package dev.rollbook.projection;

import dev.rollbook.model.ThreadId;
import dev.rollbook.rollout.RolloutReader;
import dev.rollbook.rollout.RolloutRef;
import dev.rollbook.rollout.TestRollouts;
import dev.rollbook.rollout.line.RolloutLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Builder of rollouts as Codex writes them. Each line is one second after the previous one.
final class CodexRolloutBuilder {
  static final Instant START = Instant.parse("2025-10-01T12:00:00Z");

  private final TestRollouts store;
  private final StringBuilder text = new StringBuilder();
  private int lines;

  private CodexRolloutBuilder(Path directory) {
    this.store = TestRollouts.in(directory);
  }

  /// @param members of the `session_meta` besides the usual ones, each with a comma before it
  static CodexRolloutBuilder in(Path directory, String members) {
    return new CodexRolloutBuilder(directory).meta(members);
  }

  static CodexRolloutBuilder in(Path directory) {
    return in(directory, "");
  }

  CodexRolloutBuilder meta(String members) {
    return line(
        "session_meta",
        """
        {"id":"01999999-0000-7000-8000-000000000001","timestamp":"2025-10-01T12:00:00.000Z",\
        "cwd":"/home/dev/project","originator":"codex_cli_rs","cli_version":"0.44.0"%s}\
        """
            .formatted(members));
  }

  CodexRolloutBuilder line(String type, String payload) {
    var at = START.plusSeconds(lines++);
    text.append(
        "{\"timestamp\":\"%s\",\"type\":\"%s\",\"payload\":%s}\n".formatted(at, type, payload));
    return this;
  }

  CodexRolloutBuilder event(String type, String members) {
    return line("event_msg", "{\"type\":\"%s\"%s}".formatted(type, members));
  }

  /// What the file tells: the same whether it is read at once or as it grows.
  ThreadFacts facts() throws IOException {
    IncrementalFoldCheck.onEveryPrefix(thread(), lines());
    try (var reader = store.rollouts().read(ref())) {
      return HistoryFold.read(thread(), reader, Instant.EPOCH).orElseThrow();
    }
  }

  /// What the children of its thread are compared with.
  ParentHistory asParent() {
    try (var reader = store.rollouts().read(ref())) {
      return ParentHistory.read(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<RolloutLine> lines() throws IOException {
    try (var reader = store.rollouts().read(ref())) {
      return all(reader);
    }
  }

  static List<RolloutLine> all(RolloutReader reader) throws IOException {
    var all = new ArrayList<RolloutLine>();
    for (var line = reader.next(); line != null; line = reader.next()) {
      all.add(line);
    }
    return all;
  }

  static ThreadId thread() {
    return ThreadId.parse("01999999-0000-7000-8000-000000000001");
  }

  private RolloutRef ref() throws IOException {
    return store.holding(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
