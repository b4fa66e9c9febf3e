package dev.rollbook.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.search.Snippet.Place;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A snippet shows matches in the words around them, and breaks nothing.
class SnippetTest {
  @Test
  void aShortTextIsShownCompletely() {
    assertThat(shown("a match\there", new Place(2, 7))).isEqualTo("a [match] here");
  }

  @Test
  void theMiddleOfALongTextIsCutOutAtWords() {
    var text = "word ".repeat(100) + "match" + " word".repeat(100);

    assertThat(shown(text, new Place(500, 505)))
        .startsWith("…word ")
        .contains(" [match] ")
        .endsWith("…")
        .hasSizeBetween(150, 210);
  }

  @Test
  void thePartWithMostMatchesIsShown() {
    var text = "a" + " ".repeat(500) + "b c" + "x".repeat(300);

    assertThat(shown(text, new Place(0, 1), new Place(501, 502), new Place(503, 504)))
        .contains("[b] [c]");
  }

  @Test
  void matchesThatOverlapAreMarkedOnce() {
    assertThat(shown("abcdef", new Place(0, 4), new Place(2, 6), new Place(3, 4)))
        .isEqualTo("[abcdef]");
  }

  @Test
  void withoutAMatchTheBeginningIsShown() {
    assertThat(shown("x".repeat(300))).isEqualTo("x".repeat(200) + "…");
  }

  @ParameterizedTest
  @ValueSource(ints = {41, 42, 100, 101, 1000, 1001, 1998})
  void noSurrogatePairIsSplit(int start) {
    var text = "🙂".repeat(1000);
    int even = start / 2 * 2;

    var cut = shown(text, new Place(even, even + 2));

    assertThat(cut.replaceAll("[…\\[\\]]", "").replace("🙂", "")).isEmpty();
  }

  private static String shown(String text, Place... matches) {
    return Snippet.of(text, List.of(matches)).stream()
        .map(part -> part.match() ? "[" + part.text() + "]" : part.text())
        .collect(Collectors.joining());
  }
}
