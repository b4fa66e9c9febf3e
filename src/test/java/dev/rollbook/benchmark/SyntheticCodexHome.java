package dev.rollbook.benchmark;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;
import java.util.UUID;
import org.springframework.util.FileSystemUtils;

/// A generated `CODEX_HOME` with rollouts to import.
record SyntheticCodexHome(Path path) implements AutoCloseable {
  private static final String[] WORDS =
      ("parser token stream buffer index thread turn review deploy kernel socket cache retry schema"
              + " migration branch commit failing timeout latency build release")
          .split(" ");

  static SyntheticCodexHome create() throws IOException {
    return new SyntheticCodexHome(
        Files.createTempDirectory(Path.of("target").toAbsolutePath(), "codex-home-"));
  }

  /// @return bytes
  long write(int threads, int lines, int textLength) throws IOException {
    var random = new Random(1);
    long bytes = 0;
    for (int i = 0; i < threads; i++) {
      var id = id(i);
      var file =
          Files.createDirectories(path.resolve("sessions/2025/10/%02d".formatted(i % 28 + 1)))
              .resolve("rollout-2025-10-%02dT12-00-00-%s.jsonl".formatted(i % 28 + 1, id));
      try (var out = Files.newBufferedWriter(file)) {
        rollout(out, id, lines, textLength, random);
      }
      bytes += Files.size(file);
    }
    return bytes;
  }

  /// Of the thread with that number.
  static UUID id(int number) {
    return new UUID(0x0199_9999_0000_7000L, 0x8000_0000_0000_0000L | number);
  }

  private static void rollout(BufferedWriter out, UUID id, int lines, int textLength, Random random)
      throws IOException {
    line(
        out,
        "session_meta",
        "{\"id\":\"%s\",\"timestamp\":\"2025-10-01T12:00:00.000Z\",\"cwd\":\"/home/dev/project\",\"originator\":\"codex_cli_rs\",\"cli_version\":\"0.44.0\",\"source\":\"cli\",\"model_provider\":\"openai\"}"
            .formatted(id));
    for (int i = 1; i < lines; i++) {
      var text = text(textLength, random);
      if (i % 10 == 1) {
        line(out, "event_msg", "{\"type\":\"user_message\",\"message\":\"%s\"}".formatted(text));
      } else {
        line(
            out,
            "response_item",
            "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"%s\"}]}"
                .formatted(text));
      }
    }
  }

  private static void line(BufferedWriter out, String type, String payload) throws IOException {
    out.write("{\"timestamp\":\"2025-10-01T12:00:00.000Z\",\"type\":\"" + type + "\",\"payload\":");
    out.write(payload);
    out.write("}\n");
  }

  private static String text(int length, Random random) {
    var text = new StringBuilder();
    while (text.length() < length) {
      text.append(WORDS[random.nextInt(WORDS.length)])
          .append(' ')
          .append(random.nextInt(10_000))
          .append(' ');
    }
    return text.toString();
  }

  /// What a bare copy of all files takes, in seconds.
  double copy() throws IOException {
    var target = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "copy-");
    long begun = System.nanoTime();
    try (var files = Files.walk(path)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(
            file,
            target.resolve(file.getFileName().toString()),
            StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    FileSystemUtils.deleteRecursively(target);
    return seconds;
  }

  /// What reading all files takes, in seconds.
  double read() throws IOException {
    long begun = System.nanoTime();
    try (var files = Files.walk(path)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        Files.readAllBytes(file);
      }
    }
    return (System.nanoTime() - begun) / 1e9;
  }

  @Override
  public void close() throws IOException {
    FileSystemUtils.deleteRecursively(path);
  }
}
