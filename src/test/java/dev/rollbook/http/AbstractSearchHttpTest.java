package dev.rollbook.http;

import static dev.rollbook.http.RollbookClient.expect;
import static dev.rollbook.http.RollbookClient.thread;
import static org.awaitility.Awaitility.await;

import dev.rollbook.http.RollbookClient.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.JsonNode;

/// Base class of tests that search: each has a unique word to find its own items by.
public abstract class AbstractSearchHttpTest extends HttpTest {
  /// The index rests while the machine is busy.
  public static final Duration PATIENCE = Duration.ofMinutes(2);

  /// A word that no other test has used.
  protected final String word = word();

  public static String word() {
    var letters = new StringBuilder("w");
    ThreadLocalRandom.current()
        .ints(12, 'a', 'z' + 1)
        .forEach(letter -> letters.append((char) letter));
    return letters.toString();
  }

  /// @param parameters further ones, each `&name=value`
  protected Answer search(String q, String... parameters) {
    var encoded = URLEncoder.encode(q, StandardCharsets.UTF_8);
    return client.get("/v1/search?q=" + encoded + String.join("", parameters));
  }

  protected List<JsonNode> found(String q, String... parameters) {
    var hits = new ArrayList<JsonNode>();
    expect(200, search(q, parameters)).json().path("data").forEach(hits::add);
    return hits;
  }

  /// Waits until the search has so many answers.
  protected List<JsonNode> awaitFound(int count, String q, String... parameters) {
    return await().atMost(PATIENCE).until(() -> found(q, parameters), hits -> hits.size() == count);
  }

  protected List<Long> ordinals(List<JsonNode> hits) {
    return hits.stream().map(hit -> hit.path("ordinal").longValue()).toList();
  }

  protected static String snippet(JsonNode hit) {
    var text = new StringBuilder();
    hit.path("snippet").forEach(part -> text.append(part.path("text").stringValue()));
    return text.toString();
  }

  protected static List<String> matches(JsonNode hit) {
    var matches = new ArrayList<String>();
    for (var part : hit.path("snippet")) {
      if (part.path("match").booleanValue()) {
        matches.add(part.path("text").stringValue());
      }
    }
    return matches;
  }

  /// Appends one item outside of turns.
  protected void append(String thread, String type, String payload) {
    var item = "{\"items\":[{\"type\":\"%s\",\"payload\":%s}]}".formatted(type, payload);
    expect(200, client.post(thread(thread) + "/items", item));
  }

  protected void appendMessage(String thread, String message) {
    append(
        thread,
        "response_item",
        "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"%s\"}]}"
            .formatted(message));
  }
}
