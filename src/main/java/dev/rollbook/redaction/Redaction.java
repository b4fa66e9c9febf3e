package dev.rollbook.redaction;

import dev.rollbook.rollout.line.RawLine;
import dev.rollbook.text.JsonSpan;
import dev.rollbook.text.RawJson;
import dev.rollbook.text.Unicode;
import dev.rollbook.text.Utf8;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/// Replaces what the patterns of the operator match in the texts of JSON values.
///
/// It is applied where bytes come in, before anything is derived from them, so that the disk, the
/// state-db, the events and the search index never have what was replaced. A request that is sent
/// again is redacted to the same bytes, so repeats are still recognised.
///
/// Only string values are changed, and of those only the ones with a match. Names of members and
/// all other bytes stay as they were sent.
@Component
public class Redaction {
  /// Changes nothing.
  public static final Redaction NONE = new Redaction(List.of());

  private static final JsonFactory JSON = new JsonFactory();
  private static final String PAYLOAD = "payload";
  private static final String METADATA = "metadata";

  private final List<RedactionPattern> patterns;

  @Autowired
  Redaction(RedactionProperties properties, MeterRegistry registry) {
    this(RedactionPattern.all(properties.patterns(), registry));
  }

  private Redaction(List<RedactionPattern> patterns) {
    this.patterns = patterns;
  }

  /// A text without what the patterns match.
  public String text(String text) {
    var result = text;
    for (var pattern : patterns) {
      result = pattern.replaceIn(result);
    }
    return result;
  }

  /// A valid JSON value without what the patterns match in its texts; the same object if they match
  /// nothing.
  public RawJson json(RawJson json) {
    return patterns.isEmpty()
        ? json
        : json.read((bytes, offset, length) -> {
          var changed = changed(bytes, offset, offset + length);
          return changed == null ? json : RawJson.of(changed);
        });
  }

  public @Nullable RawJson jsonOrNull(@Nullable RawJson json) {
    return json == null ? null : json(json);
  }

  /// A line of a rollout without what the patterns match in its payload and metadata. Members that
  /// identify the line, such as its time, are not changed.
  public RawLine line(RawLine line) {
    if (patterns.isEmpty()) {
      return line;
    }
    var bytes = line.toByteArray();
    var out = new ByteArrayOutputStream(bytes.length);
    int copied = 0;
    try (var parser = JSON.createParser(ObjectReadContext.empty(), bytes, 0, bytes.length)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        var name = parser.currentName();
        parser.nextToken();
        var value = JsonSpan.of(parser);
        boolean isContent = name.equals(PAYLOAD) || name.equals(METADATA);
        int start = (int) value.start();
        int end = (int) value.end();
        var changed = isContent ? changed(bytes, start, end) : null;
        if (changed != null) {
          out.write(bytes, copied, start - copied);
          out.writeBytes(changed);
          copied = end;
        }
      }
    }
    if (copied == 0) {
      return line;
    }
    out.write(bytes, copied, bytes.length - copied);
    return new RawLine(out.toByteArray(), 0, out.size());
  }

  /// Bytes that are no JSON, without what the patterns match in them as a text.
  public RawLine unreadable(RawLine raw) {
    if (patterns.isEmpty()) {
      return raw;
    }
    var bytes = raw.toByteArray();
    var charset =
        Utf8.isValid(bytes, 0, bytes.length) ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    var text = new String(bytes, charset);
    var changed = text(text);
    var result = changed.getBytes(charset);
    return changed.equals(text) ? raw : new RawLine(result, 0, result.length);
  }

  /// Null if nothing was changed. The bytes must be valid JSON.
  private byte @Nullable [] changed(byte[] bytes, int from, int to) {
    ByteArrayOutputStream out = null;
    int copied = from;
    int at = from;
    while (at < to) {
      if (bytes[at] != '"') {
        at++;
        continue;
      }
      int end = endOfText(bytes, at);
      var changed = isName(bytes, end, to) ? null : changedText(bytes, at, end);
      if (changed != null) {
        out = out == null ? new ByteArrayOutputStream(to - from) : out;
        out.write(bytes, copied, at + 1 - copied);
        out.writeBytes(changed);
        copied = end - 1;
      }
      at = end;
    }
    if (out == null) {
      return null;
    }
    out.write(bytes, copied, to - copied);
    return out.toByteArray();
  }

  /// Index after the closing quote of a text that begins with a quote.
  private static int endOfText(byte[] bytes, int from) {
    int at = from + 1;
    while (bytes[at] != '"') {
      at += bytes[at] == '\\' ? 2 : 1;
    }
    return at + 1;
  }

  private static boolean isName(byte[] bytes, int end, int to) {
    int at = end;
    while (at < to
        && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r')) {
      at++;
    }
    return at < to && bytes[at] == ':';
  }

  /// The changed characters of a text, quoted; null if nothing is changed.
  private byte @Nullable [] changedText(byte[] bytes, int from, int end) {
    var text = decoded(bytes, from, end);
    var changed = text(text);
    return changed.equals(text)
        ? null
        : JsonStringEncoder.getInstance().quoteAsUTF8(Unicode.wellFormed(changed));
  }

  private static String decoded(byte[] bytes, int from, int end) {
    for (int at = from; at < end; at++) {
      if (bytes[at] == '\\') {
        return JsonMapper.shared().readValue(bytes, from, end - from, String.class);
      }
    }
    return new String(bytes, from + 1, end - from - 2, StandardCharsets.UTF_8);
  }

  /// The patterns by name, for tests.
  static Redaction of(Map<String, String> patterns, MeterRegistry registry) {
    return new Redaction(RedactionPattern.all(patterns, registry));
  }
}
