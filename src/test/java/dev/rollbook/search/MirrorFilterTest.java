package dev.rollbook.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.projection.SearchableText;
import dev.rollbook.search.IndexWatermark.MirrorFilter;
import org.junit.jupiter.api.Test;

/// The same text as event and as item is one message; the same text twice of one kind is two.
class MirrorFilterTest {
  private final MirrorFilter mirrors = new MirrorFilter();

  @Test
  void theSameTextOfAnotherKindInOneTurnIsAMirror() {
    assertThat(twin("turn", "message", "hello")).isFalse();
    assertThat(twin("turn", "message", "hello")).isFalse();
    assertThat(twin("turn", "agent_message", "hello")).isTrue();
    assertThat(twin("other turn", "agent_message", "hello")).isFalse();
    assertThat(twin("turn", "agent_message", "hello!")).isFalse();
  }

  @Test
  void mirrorsAreRecognisedAfterTheThreadIsContinued() {
    assertThat(twin("turn", "message", "hello")).isFalse();

    assertThat(
            MirrorFilter.of(mirrors.bytes())
                .isTwin("turn", new SearchableText("event", null, "hello")))
        .isTrue();
  }

  @Test
  void mirrorsAreForgottenAfterAWhile() {
    for (int n = 0; n < 100; n++) {
      assertThat(twin("turn", "message", "text " + n)).isFalse();
    }
    assertThat(twin("turn", "event", "text 0")).isFalse();
    assertThat(twin("turn", "event", "text 99")).isTrue();
    assertThat(mirrors.bytes().length).isLessThanOrEqualTo(512);
  }

  private boolean twin(String turn, String kind, String text) {
    return mirrors.isTwin(turn, new SearchableText(kind, null, text));
  }
}
