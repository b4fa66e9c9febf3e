package dev.rollbook.api.search;

import static dev.rollbook.http.RollbookClient.expect;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.rollbook.http.AbstractSearchHttpTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Any query text is answered; the other parameters are validated.
class SearchInputHttpTest extends AbstractSearchHttpTest {
  @ParameterizedTest
  @CsvSource({
    "'',q",
    "q=,q",
    "q=%20,q",
    "q=x&limit=0,limit",
    "q=x&limit=101,limit",
    "q=x&cursor=xyz,cursor",
    "q=x&sort=oldest,sort",
    "q=x&since=yesterday,since",
    "q=x&until=1,until",
    "q=x&threadId=1-1-1-1-1,threadId",
    "q=x&cwd=../etc,cwd"
  })
  void anInvalidParameterIsRejectedByName(String query, String pointer) {
    var problem = expect(400, client.get("/v1/search?" + query));

    assertThat(problem.at("code")).isEqualTo("invalid_request");
    assertThat(problem.json().path("errors").path(0).path("pointer").stringValue())
        .isEqualTo(pointer);
    assertThat(loggedOutsideJobs(Level.INFO)).isEmpty();
  }

  @Test
  void aCursorOfAnotherSortOrderIsRejected() {
    var thread = client.startThread();
    appendMessage(thread, word);
    appendMessage(thread, word);
    awaitFound(2, word);
    var cursor = search(word, "&limit=1").at("nextCursor");

    expect(400, search(word, "&limit=1&sort=newest&cursor=" + cursor));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"",
        "((",
        ")",
        "*",
        "-",
        "--",
        "|",
        "+",
        "a*",
        "(((((a",
        "\\",
        "\"a",
        "a AND",
        "~",
        "a~2",
        "\"a b\"~3",
        "[a TO b]",
        "a^9",
        "name:a",
        "/.*/",
        "-a -b",
        "\ud83d\ude42",
        "!!!",
        "\u202e",
        "<script>"
      })
  void noQueryCausesAServerError(String query) {
    assertThat(search(query).status()).isEqualTo(200);
  }

  /// As in bodies: no text has it.
  @ParameterizedTest
  @ValueSource(strings = {"\u0000", "a\u0000b"})
  void aQueryWithANulCharacterIsRejected(String query) {
    assertThat(expect(400, search(query)).at("code")).isEqualTo("invalid_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a ", "a* ", "(", "\"", "-", "a.", "字", "a|", "🙂", "\\"})
  void aLongQueryIsAnsweredOrRejected(String piece) {
    var longest = piece.repeat(1000 / piece.length());

    assertThat(search(longest).status()).isIn(200, 400);
    expect(400, search(longest + "aaaaaaaa bbbbbb" + piece.repeat(9)));
  }
}
