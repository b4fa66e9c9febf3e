package dev.rollbook.redaction;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.rollbook.model.StartupException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;

/// A regular expression with a name, and the marker that replaces what it matches.
///
/// RE2/J matches in time that is linear in the length of the text: no pattern and no text can block
/// an append, as they could with the expressions of the JDK.
final class RedactionPattern {
  private static final String SETTING = "rollbook.redaction.patterns.";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");
  private static final String AN_ID = "01a20400-0000-7000-8000-000000000001";

  private final Pattern pattern;
  private final String marker;
  private final String replacement;
  private final Counter replaced;

  private RedactionPattern(String name, Pattern pattern, MeterRegistry registry) {
    this.pattern = pattern;
    this.marker = marker(name);
    this.replacement = Matcher.quoteReplacement(marker);
    this.replaced =
        Counter.builder("redaction.replaced")
            .description("Texts in items that were replaced because a pattern matched")
            .baseUnit("texts")
            .tag("pattern", name)
            .register(registry);
  }

  /// @throws StartupException if a pattern cannot be used
  static List<RedactionPattern> all(Map<String, String> patterns, MeterRegistry registry) {
    return patterns.entrySet().stream()
        .map(entry -> {
          var pattern = compiled(entry.getKey(), entry.getValue());
          patterns.keySet().forEach(name -> requireNoMatch(entry.getKey(), pattern, marker(name)));
          return new RedactionPattern(entry.getKey(), pattern, registry);
        })
        .toList();
  }

  private static String marker(String name) {
    return "[redacted:" + name + "]";
  }

  private static Pattern compiled(String name, String regex) {
    if (!NAME.matches(name)) {
      throw new StartupException(
          "The name %s of a pattern for redaction is not allowed.".formatted(name),
          "Use 1 to 40 of a-z, 0-9 and - in %sNAME, and begin with a letter or digit."
              .formatted(SETTING));
    }
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new StartupException(
          "The pattern %s%s is not a regular expression: %s."
              .formatted(SETTING, name, e.getDescription()),
          "Correct it, in the syntax of RE2, which has no back-references and no look-around.");
    }
    requireNoMatch(name, pattern, "");
    requireNoMatch(name, pattern, AN_ID);
    return pattern;
  }

  private static void requireNoMatch(String name, Pattern pattern, String text) {
    if (pattern.matcher(text).find()) {
      throw new StartupException(
          "The pattern %s%s matches too much: it matches %s."
              .formatted(SETTING, name, text.isEmpty() ? "the empty text" : text),
          "Make it longer, so that it matches neither ids nor the markers of redaction.");
    }
  }

  String replaceIn(String text) {
    var matcher = pattern.matcher(text);
    if (!matcher.find()) {
      return text;
    }
    var result = new StringBuilder(text.length());
    int count = 0;
    do {
      matcher.appendReplacement(result, replacement);
      count++;
    } while (matcher.find());
    matcher.appendTail(result);
    replaced.increment(count);
    return result.toString();
  }
}
