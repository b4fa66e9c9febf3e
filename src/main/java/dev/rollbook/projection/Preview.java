package dev.rollbook.projection;

import dev.rollbook.text.RawJson;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Preview of a thread: the first words of a person, like the preview that Codex shows in its list
/// of threads. The output stream of another agent ([AgentStream]) has no words of a person, so the
/// agent's first message is used.
///
/// The words are taken from the first event that shows a user message: `user_message`, or
/// `item_completed` with a UserMessage. Some programs write no such event. Until a thread has such
/// an event, the words are taken from the first message to the model with the role `user`. Blocks
/// of text that a harness put into this message are left out.
///
/// @param settled whether the text is from an event, so that later items cannot change it
public record Preview(@Nullable String text, boolean settled) {
  public static final Preview NONE = new Preview(null, false);
  private static final int MAX_CODE_POINTS = 256;

  /// IDEs put their context before this heading, and the person's words after it.
  private static final String REQUEST_HEADING = "## My request for Codex:";

  /// Preview that Codex shows for its guardian, a helper that reviews actions of other threads.
  private static final Preview GUARDIAN = new Preview("Approval review", true);

  private static final String IMAGE_ONLY = "[Image]";
  private static final String AUDIO_ONLY = "[Audio]";
  private static final Set<String> IMAGES = Set.of("image", "local_image", "input_image");
  private static final Set<String> SOUNDS = Set.of("audio", "local_audio", "input_audio");

  /// Blocks that harnesses put before or instead of a person's words.
  private static final Pattern INJECTED =
      Pattern.compile(
          "(?:# AGENTS\\.md instructions\\b[^\\n]*+\\s*+)?"
              + "<(instructions|environment_context|user_instructions|skill|image|user_action"
              + "|user_shell_command|turn_aborted|subagent_notification)\\b[^>]*>",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern INJECTED_AS_A_WHOLE =
      Pattern.compile("# AGENTS\\.md instructions\\b|</image>", Pattern.CASE_INSENSITIVE);

  /// A preview that the state-db holds.
  public static Preview of(@Nullable String text) {
    return text == null ? NONE : new Preview(text, true);
  }

  /// The preview of a thread before its first message.
  ///
  /// @param source of its `session_meta`
  static Preview before(JsonNode source) {
    return "guardian".equals(PayloadJson.text(source.path("subagent"), "other")) ? GUARDIAN : NONE;
  }

  /// The preview after one more item; cheap where the item cannot change it.
  public Preview after(String type, RawJson payload) {
    return wants(type) ? after(type, PayloadJson.read(payload)) : this;
  }

  /// Whether an item of that type can change it.
  boolean wants(String type) {
    return !settled && (type.equals(ItemTypes.EVENT) || standInWanted(type));
  }

  private boolean standInWanted(String type) {
    return text == null && (type.equals(ItemTypes.RESPONSE_ITEM) || AgentStream.of(type) != null);
  }

  Preview after(String type, JsonNode payload) {
    if (!wants(type)) {
      return this;
    }
    boolean event = type.equals(ItemTypes.EVENT);
    var stream = AgentStream.of(type);
    var shown = event ? shown(payload) : stream == null ? sent(payload) : said(stream, payload);
    return shown == null ? this : new Preview(shortened(shown), event);
  }

  private static @Nullable String shown(JsonNode event) {
    var type = PayloadJson.text(event, "type");
    if (ItemTypes.USER_MESSAGE.equals(type)) {
      var text = PayloadJson.text(event, "message");
      return words(
          text == null ? "" : text,
          !event.path("images").isEmpty() || !event.path("local_images").isEmpty(),
          !event.path("audio").isEmpty() || !event.path("local_audio").isEmpty());
    }
    var item = event.path("item");
    return ItemTypes.ITEM_COMPLETED.equals(type)
            && "UserMessage".equals(PayloadJson.text(item, "type"))
        ? words(item.path("content"), false)
        : null;
  }

  /// The stream of an agent has no message of a person, so that of the agent is used.
  private static @Nullable String said(AgentStream stream, JsonNode line) {
    var message = stream.message(line);
    return message == null ? null : words(message, false, false);
  }

  private static @Nullable String sent(JsonNode item) {
    boolean fromUser =
        "message".equals(PayloadJson.text(item, "type"))
            && "user".equals(PayloadJson.text(item, "role"));
    return fromUser ? words(item.path("content"), true) : null;
  }

  /// @param sent whether the message was sent to the model; parts of it may then be from a harness
  private static @Nullable String words(JsonNode content, boolean sent) {
    var texts = new StringBuilder();
    boolean image = false;
    boolean sound = false;
    for (var part : content) {
      var type = PayloadJson.text(part, "type");
      var text = PayloadJson.text(part, "text");
      if (text != null) {
        texts.append(sent ? withoutInjected(text) : text);
      }
      image |= type != null && IMAGES.contains(type);
      sound |= type != null && SOUNDS.contains(type);
    }
    return words(texts.toString(), image, sound);
  }

  /// The words to show; null if none are left, so that the next message is used.
  private static @Nullable String words(String message, boolean image, boolean sound) {
    int heading = message.indexOf(REQUEST_HEADING);
    var request = heading < 0 ? message : message.substring(heading + REQUEST_HEADING.length());
    var words = trimmed(request);
    if (!words.isEmpty()) {
      return words;
    }
    if (image) {
      return IMAGE_ONLY;
    }
    return sound ? AUDIO_ONLY : null;
  }

  private static String withoutInjected(String text) {
    int from = wordsFrom(text, 0);
    for (var begin = INJECTED.matcher(text); begin.region(from, text.length()).lookingAt(); ) {
      var end = Pattern.compile("</" + begin.group(1) + ">", Pattern.CASE_INSENSITIVE);
      var found = end.matcher(text);
      from = found.find(begin.end()) ? wordsFrom(text, found.end()) : text.length();
    }
    boolean whole = INJECTED_AS_A_WHOLE.matcher(text).region(from, text.length()).lookingAt();
    return whole ? "" : text.substring(from);
  }

  private static String trimmed(String text) {
    int end = text.length();
    while (end > 0 && isWhiteSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(Math.min(end, wordsFrom(text, 0)), end);
  }

  private static int wordsFrom(String text, int start) {
    int from = start;
    while (from < text.length() && isWhiteSpace(text.charAt(from))) {
      from++;
    }
    return from;
  }

  /// White space as defined by Rust, and so by Codex.
  private static boolean isWhiteSpace(char c) {
    return Character.isSpaceChar(c) || (c >= '\t' && c <= '\r') || c == '\u0085';
  }

  private static String shortened(String text) {
    return text.codePointCount(0, text.length()) <= MAX_CODE_POINTS
        ? text
        : text.substring(0, text.offsetByCodePoints(0, MAX_CODE_POINTS));
  }
}
