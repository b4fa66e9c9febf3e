package dev.rollbook.web.security.token;

import static dev.rollbook.web.security.access.Scope.APPEND;
import static dev.rollbook.web.security.access.Scope.READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.web.security.access.Caller;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Format of the tokens file.
class TokensYamlTest {
  private static final String HASH =
      "d9cdd7341df05236931a5d67b46f2b2b8a1f06b70f9e8fa1bf51161f2db0adc1";
  private static final String ENTRY =
      """
      - key: "He61I0f"
        principal: "ci"
        tenant: "team-a"
        scopes: [read, append]
        sha256: "%s"
        expires: "2027-02-28T12:00:00Z"
      """
          .formatted(HASH);

  @Test
  void anEntryIsReadAndWrittenBack() throws Exception {
    var entry = TokensYaml.parse(ENTRY).get("He61I0f");

    assertThat(entry.caller().principal()).isEqualTo("ci");
    assertThat(entry.caller().tenant()).isEqualTo("team-a");
    assertThat(entry.caller().scopes()).containsExactlyInAnyOrder(READ, APPEND);
    assertThat(entry.caller().expires()).isEqualTo(Instant.parse("2027-02-28T12:00:00Z"));
    assertThat(TokensYaml.format(entry)).isEqualTo(ENTRY);
  }

  @Test
  void tenantAndExpiryMayBeLeftOut() throws Exception {
    var text =
        ENTRY
            .replace("  tenant: \"team-a\"\n", "")
            .replace("  expires: \"2027-02-28T12:00:00Z\"\n", "");

    var entry = TokensYaml.parse(text).get("He61I0f");

    assertThat(entry.caller().tenant()).isEqualTo("default");
    assertThat(entry.caller().expires()).isNull();
    assertThat(entry.caller().isExpired(Instant.MAX)).isFalse();
  }

  @Test
  void aTimeWithoutQuotesIsTheSameTime() throws Exception {
    var text = ENTRY.replace("\"2027-02-28T12:00:00Z\"", "2027-02-28T12:00:00Z");

    assertThat(caller(text)).isEqualTo(caller(ENTRY));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [read, append] | [read, reed] | scope that does not exist
          [read, append] | []           | has no scopes
          [read, append] | read         | scopes must be a list
          "ci"           | ""           | principal must be
          "ci"           | "a b"        | principal must be
          "ci"           | 5            | principal must be
          "team-a"       | [x]          | tenant must be
          "He61I0f"      | 12345        | key must be
          "He61I0f"      | "a_b_c"      | key must be
          sha256: "d     | sha256: "x   | sha256 must be
          sha256: "d     | sha256: "dd  | sha256 must be
          sha256: "d     | sha257: "d   | member that does not exist
          "2027-02-28T12:00:00Z" | "soon" | expires must be
          "2027-02-28T12:00:00Z" | 5      | expires is not a time
          - key          | key          | not valid YAML
          - key          | - - key      | not valid YAML
          "ci"           | "ci         | not valid YAML
          """)
  void anEntryThatIsNotUnderstoodIsRefused(String what, String with, String problem) {
    assertThat(ENTRY).contains(what);

    assertThatThrownBy(() -> TokensYaml.parse(ENTRY.replace(what, with)))
        .isInstanceOf(InvalidTokensException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining(HASH);
  }

  @ParameterizedTest
  @CsvSource({"key: value", "text"})
  void aFileThatIsNotAListIsRefused(String text) {
    assertThatThrownBy(() -> TokensYaml.parse(text)).hasMessage("it is not a YAML list of tokens");
  }

  @Test
  void twoEntriesWithOneKeyAreRefused() {
    assertThatThrownBy(() -> TokensYaml.parse(ENTRY + ENTRY))
        .hasMessage("two entries have the key He61I0f");
  }

  @Test
  void aMemberThatIsGivenTwiceIsRefused() {
    assertThatThrownBy(() -> TokensYaml.parse(ENTRY + "  scopes: [read]\n"))
        .hasMessage("it is not valid YAML");
  }

  @ParameterizedTest
  @CsvSource({"''", "'# nothing'", "'[]'"})
  void aFileWithoutATokenIsRefused(String text) {
    assertThatThrownBy(() -> TokensYaml.parse(text)).hasMessage("it has no token");
  }

  private static Caller caller(String text) throws Exception {
    return TokensYaml.parse(text).get("He61I0f").caller();
  }
}
