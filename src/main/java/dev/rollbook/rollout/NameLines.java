package dev.rollbook.rollout;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Timestamps;
import dev.rollbook.model.Unicode;
import dev.rollbook.rollout.LineSplitter.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What people call their threads, from a `session_index.jsonl`. Of the lines of a thread the last
/// one whose name is not blank wins; one that cannot be read, or is longer than 64 KB, names
/// nobody.
public final class NameLines {
  private static final Logger log = LoggerFactory.getLogger(NameLines.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int LONGEST = 1000;
  private static final int LONGEST_LINE = 64 * 1024;

  private NameLines() {}

  /// A name and when it was given.
  ///
  /// @param at the epoch where the line does not say
  public record Named(String name, Instant at) {}

  /// Nothing for a file that is not there.
  public static Map<ThreadId, Named> read(Disk disk, Path index) throws IOException {
    var names = new HashMap<ThreadId, Named>();
    if (disk.stat(index) == null) {
      return names;
    }
    try (var in = FileInput.open(disk, index, 0)) {
      var lines = new LineSplitter(in, LONGEST_LINE, LONGEST_LINE);
      for (var kind = lines.next(); kind != Kind.NONE; kind = lines.next()) {
        if (kind == Kind.LINE && lines.bytes().length > 0) {
          take(new String(lines.bytes(), StandardCharsets.UTF_8), names);
        }
      }
    }
    return names;
  }

  private static void take(String line, Map<ThreadId, Named> names) {
    try {
      var entry = JSON.readTree(line);
      var id = ThreadId.parse(entry.path("id").asString(""));
      var name = Unicode.wellFormed(entry.path("thread_name").asString(""));
      if (!name.isBlank()) {
        names.put(id, new Named(Unicode.cut(name, LONGEST), time(entry.path("updated_at"))));
      }
    } catch (JacksonException | IllegalArgumentException unreadable) {
      log.debug("a line of a session_index.jsonl names no thread", unreadable);
    }
  }

  private static Instant time(JsonNode said) {
    try {
      return Timestamps.parse(said.asString("")).truncatedTo(ChronoUnit.MILLIS);
    } catch (IllegalArgumentException none) {
      return Instant.EPOCH;
    }
  }
}
