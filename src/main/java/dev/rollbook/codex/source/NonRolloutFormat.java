package dev.rollbook.codex.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/// File formats that users mistake for rollouts. The error message for such a file says what the
/// file really is.
public enum NonRolloutFormat {
  CLAUDE_CODE("a session of Claude Code", "claude_code"),
  CODEX_EXEC("the output of `codex exec --json`", "codex_exec"),
  PROMPT_HISTORY("a history of prompts, without what the agent did", null),
  SESSION_INDEX("Codex's index of thread names", null),
  JSON_LINES("JSON of another program", "another_agent"),
  OTHER("no JSON lines", null);

  /// Number of objects to read at the beginning of a file. Claude Code writes some that say little
  /// before the first message.
  private static final int MAX_OBJECTS = 20;

  private static final int MAX_BYTES = 1 << 20;
  private static final Set<String> CLAUDE_SESSION = Set.of("sessionId", "session_id", "leafUuid");
  private static final JsonMapper JSON = JsonMapper.shared();

  private final String description;
  private final @Nullable String wrap;

  NonRolloutFormat(String description, @Nullable String wrap) {
    this.description = description;
    this.wrap = wrap;
  }

  /// Looks at the beginning of a file. Does not close it.
  ///
  /// @param in not compressed
  public static NonRolloutFormat of(InputStream in) throws IOException {
    var beginning = in.readNBytes(MAX_BYTES);
    var format = OTHER;
    try (var parser = JSON.createParser(beginning)) {
      for (int n = 0; n < MAX_OBJECTS && parser.nextToken() == JsonToken.START_OBJECT; n++) {
        format = ofObject(members(parser));
        if (format != JSON_LINES) {
          return format;
        }
      }
    } catch (JacksonException e) {
      // The file ends, or is not JSON from this point on: the objects before it decide.
      return format;
    }
    return format;
  }

  /// What the file is and what can be done with it, as the end of a sentence.
  public String advice() {
    return wrap == null
        ? description
        : description
            + ", which cannot be imported; to keep its lines as items, start a thread and send the"
            + " file to it: POST /v1/threads/{threadId}/items?wrap="
            + wrap;
  }

  /// Short description of the format.
  public String description() {
    return description;
  }

  /// Members of an object that are texts, by name. Other values are skipped without loading them.
  private static Map<String, String> members(JsonParser parser) {
    var members = new HashMap<String, String>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      var name = parser.currentName();
      var value = parser.nextToken();
      members.put(name, value == JsonToken.VALUE_STRING ? parser.getString() : "");
      parser.skipChildren();
    }
    return members;
  }

  private static NonRolloutFormat ofObject(Map<String, String> members) {
    var type = members.getOrDefault("type", "");
    if (type.startsWith("thread.") || type.startsWith("turn.") || type.startsWith("item.")) {
      return CODEX_EXEC;
    }
    if ((members.containsKey("display") && members.containsKey("project"))
        || members.keySet().equals(Set.of("session_id", "ts", "text"))) {
      return PROMPT_HISTORY;
    }
    if (members.containsKey("thread_name") && members.containsKey("id")) {
      return SESSION_INDEX;
    }
    if ((!type.isEmpty() && CLAUDE_SESSION.stream().anyMatch(members::containsKey))
        || type.equals("file-history-snapshot")) {
      return CLAUDE_CODE;
    }
    return JSON_LINES;
  }
}
