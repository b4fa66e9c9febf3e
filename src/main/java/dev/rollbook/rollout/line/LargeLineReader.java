package dev.rollbook.rollout.line;

import dev.rollbook.rollout.disk.DiskFile;
import dev.rollbook.rollout.disk.FileInput;
import dev.rollbook.text.JsonSpan;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.util.StreamUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/// Reads a line that is longer than [MemoryBudget#MAX_LINE_BYTES] without loading it into memory.
/// It returns the small members, and a note instead of the large ones.
///
/// Ordinal, id, timestamp, type and most members of a payload are small. So the ordinal and the
/// turn of the line are not lost. The note is the member `rollbook_omitted` of the payload:
/// `{"bytes": length of the line, "members": [names of the omitted members]}`. The file is not
/// changed.
public final class LargeLineReader {
  static final String OMITTED = "rollbook_omitted";
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MAX_MEMBER_BYTES = 1024;
  private static final int MAX_MEMBERS = 100;

  private final DiskFile file;
  private final long start;
  private final long end;

  private LargeLineReader(DiskFile file, long start, long end) {
    this.file = file;
    this.start = start;
    this.end = end;
  }

  /// @param end of the line, without its line feed
  public static Optional<RolloutLine> read(DiskFile file, long start, long end) throws IOException {
    var line = new LargeLineReader(file, start, end);
    try (var parser = JSON.createParser(ObjectReadContext.empty(), line.stream())) {
      return line.object(parser);
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private Optional<RolloutLine> object(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return Optional.empty();
    }
    var members = new ArrayList<String>();
    boolean hasPayload = false;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      var name = parser.currentName();
      if (name.equals("payload")) {
        hasPayload = true;
        members.add(member(name, payload(parser)));
      } else {
        small(parser).ifPresent(text -> addIfRoom(members, member(name, text)));
      }
    }
    if (!hasPayload || parser.nextToken() != null) {
      return Optional.empty();
    }
    var bytes = ("{" + String.join(",", members) + "}").getBytes(StandardCharsets.UTF_8);
    return RolloutLine.parse(bytes, 0, bytes.length);
  }

  /// Leaves the parser at the end of the value.
  private String payload(JsonParser parser) throws IOException {
    var kept = new ArrayList<String>();
    var omitted = new ArrayList<String>();
    if (parser.nextToken() == JsonToken.START_OBJECT) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        var name = parser.currentName();
        var small = small(parser);
        if (small.isEmpty() || !addIfRoom(kept, member(name, small.get()))) {
          addIfRoom(omitted, quoted(name));
        }
      }
    } else {
      parser.skipChildren();
    }
    kept.add(
        "\"%s\":{\"bytes\":%d,\"members\":[%s]}"
            .formatted(OMITTED, end - start, String.join(",", omitted)));
    return "{" + String.join(",", kept) + "}";
  }

  private static boolean addIfRoom(List<String> list, String text) {
    return list.size() < MAX_MEMBERS && text.length() <= 2 * MAX_MEMBER_BYTES && list.add(text);
  }

  private static String member(String name, String value) {
    return quoted(name) + ":" + value;
  }

  private static String quoted(String name) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsCharArray(name)) + "\"";
  }

  /// The value of a member, byte for byte; empty if it is large.
  private Optional<String> small(JsonParser parser) throws IOException {
    parser.nextToken();
    var value = JsonSpan.of(parser);
    return value.length() > MAX_MEMBER_BYTES
        ? Optional.empty()
        : Optional.of(
            new String(
                file.readFully(start + value.start(), (int) value.length()),
                StandardCharsets.UTF_8));
  }

  private InputStream stream() {
    return StreamUtils.nonClosing(
        new BufferedInputStream(new FileInput(file, start, end), 1 << 16));
  }
}
