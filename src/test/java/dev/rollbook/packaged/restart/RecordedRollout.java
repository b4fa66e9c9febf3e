package dev.rollbook.packaged.restart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/// A rollout that a real Codex wrote, as a harness would send it: turn by turn, in the batches it
/// had.
///
/// What stands behind the payload (metadata) goes with it. Lines are taken apart as text, so that
/// this reader shares no mistake with the one it tests.
record RecordedRollout(String name, List<Line> lines) {
  private static final Pattern LINE =
      Pattern.compile(
          "\\{\"timestamp\":\"([^\"]+)\",(?:\"ordinal\":\\d+,)?\"type\":\"([^\"]+)\",\"payload\":(.*)}",
          Pattern.DOTALL);
  private static final Pattern TURN = Pattern.compile("\"turn_id\":\"([^\"]+)\"");

  record Line(String timestamp, String type, String payload) {
    String item() {
      return "{\"timestamp\":\"%s\",\"type\":\"%s\",\"payload\":%s}"
          .formatted(timestamp, type, payload);
    }

    boolean starts() {
      return payload.startsWith("{\"type\":\"task_started\"");
    }

    boolean ends() {
      return payload.startsWith("{\"type\":\"task_complete\"")
          || payload.startsWith("{\"type\":\"turn_aborted\"");
    }

    String turnId() {
      var turn = TURN.matcher(payload);
      if (!turn.find()) {
        throw new AssertionError("no turn in " + payload);
      }
      return turn.group(1);
    }
  }

  static List<RecordedRollout> all() throws IOException {
    var samples = new ArrayList<RecordedRollout>();
    for (var file :
        new PathMatchingResourcePatternResolver().getResources("classpath:samples/*.jsonl")) {
      samples.add(read(file.getFilePath()));
    }
    return samples;
  }

  static Line parse(String line) {
    var parts = LINE.matcher(line);
    if (!parts.matches()) {
      throw new AssertionError("not a line of a rollout: " + line);
    }
    return new Line(parts.group(1), parts.group(2), parts.group(3));
  }

  /// Lines that were written in the same millisecond.
  static List<List<Line>> batches(List<Line> lines) {
    var batches = new ArrayList<List<Line>>();
    for (var line : lines) {
      if (batches.isEmpty() || !batches.getLast().getLast().timestamp().equals(line.timestamp())) {
        batches.add(new ArrayList<>());
      }
      batches.getLast().add(line);
    }
    return batches;
  }

  private static RecordedRollout read(Path file) throws IOException {
    var text = Files.readString(file);
    var lines = List.of(text.split("\n")).stream().map(RecordedRollout::parse).toList();
    return new RecordedRollout(file.getFileName().toString(), lines);
  }
}
