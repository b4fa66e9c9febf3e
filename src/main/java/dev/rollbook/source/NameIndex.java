package dev.rollbook.source;

import dev.rollbook.model.ThreadId;
import dev.rollbook.model.Unicode;
import dev.rollbook.rollout.Disk;
import dev.rollbook.rollout.FileInput;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What people call their threads, from the `session_index.jsonl` of a `CODEX_HOME`. The last line
/// of a thread wins; a line that cannot be read is passed over, as it names nobody.
@Component
public class NameIndex {
  private static final Logger log = LoggerFactory.getLogger(NameIndex.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String FILE = "session_index.jsonl";
  private static final int LONGEST = 1000;

  private final Disk disk;

  NameIndex(Disk disk) {
    this.disk = disk;
  }

  /// The index of a directory, if it has one.
  public Optional<Path> in(Path directory) throws IOException {
    var file = directory.resolve(FILE);
    return disk.stat(file) == null ? Optional.empty() : Optional.of(file);
  }

  public Map<ThreadId, String> read(Path index) throws IOException {
    var names = new HashMap<ThreadId, String>();
    try (var file = disk.openForRead(index);
        var lines =
            new BufferedReader(
                new InputStreamReader(
                    new FileInput(file, 0, file.size()), StandardCharsets.UTF_8))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        take(line, names);
      }
    }
    return names;
  }

  private static void take(String line, Map<ThreadId, String> names) {
    try {
      var entry = JSON.readTree(line);
      var id = ThreadId.parse(entry.path("id").asString(""));
      var name = name(entry.path("thread_name").asString(""));
      if (name == null) {
        names.remove(id);
      } else {
        names.put(id, name);
      }
    } catch (JacksonException | IllegalArgumentException unreadable) {
      log.debug("a line of a session_index.jsonl names no thread", unreadable);
    }
  }

  private static @Nullable String name(String text) {
    var name = Unicode.wellFormed(text);
    return name.isBlank() ? null : name.substring(0, Math.min(LONGEST, name.length()));
  }
}
