package dev.rollbook.web.security.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Form of a token.
class TokenTest {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final String TOKEN =
      "rbk_He61I0f_93E7Th8mEzN4DIo9QMTW0m4BIFXwaCO3qPUFvaUeqCR_0I0oP7";

  @Test
  void aCreatedTokenIsParsedAndUnique() {
    var random = new SecureRandom();
    var tokens = Stream.generate(() -> Token.create(random)).limit(1000).toList();

    assertThat(tokens).allSatisfy(token -> assertThat(Token.parse(token.text())).hasValue(token));
    assertThat(tokens).extracting(Token::text).doesNotHaveDuplicates();
    assertThat(tokens).extracting(Token::text).allMatch(text -> text.length() == TOKEN.length());
  }

  /// Secret scanners and files of operators depend on it.
  @Test
  void theFormDoesNotChange() {
    var token = Token.parse(TOKEN).orElseThrow();

    assertThat(token.keyId()).isEqualTo("He61I0f");
    assertThat(HexFormat.of().formatHex(token.sha256()))
        .isEqualTo("d9cdd7341df05236931a5d67b46f2b2b8a1f06b70f9e8fa1bf51161f2db0adc1");
  }

  @Test
  void theChecksumIsACrc32() {
    var token = Token.create(new SecureRandom()).text();
    var crc = new CRC32();
    crc.update(token.substring(0, token.length() - 6).getBytes(StandardCharsets.US_ASCII));

    long checksum = 0;
    for (var digit : token.substring(token.length() - 6).toCharArray()) {
      checksum = checksum * 62 + DIGITS.indexOf(digit);
    }
    assertThat(checksum).isEqualTo(crc.getValue());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rbk_",
        "rbk_He61I0f_93E7Th8mEzN4DIo9QMTW0m4BIFXwaCO3qPUFvaUeqCR_0I0oP",
        "rbk_He6_93E7Th8mEzN4DIo9QMTW0m4BIFXwaCO3qPUFvaUeqCR_0I0oP7",
        "rbk_He61I0f_93E7Th8mEzN4DIo9QMTW0m4BIFXwaCO3qPUFvaUeqC-_0I0oP7",
        "xbk_He61I0f_93E7Th8mEzN4DIo9QMTW0m4BIFXwaCO3qPUFvaUeqCR_0I0oP7",
        "rbk_He61I0f_93E7Th8mEzN4DIo9QMTW0m4BIFXwaCO3qPUFvaUeqCR_0I0oP7\n",
        "rbk_He61I0f_93E7Th8mEzN4DIo9QMTW0m4BIFXwaCO3qPUFvaUeqCR",
      })
  void anyOtherTextIsNotAToken(String text) {
    assertThat(Token.parse(text)).isEmpty();
  }

  @Test
  void whatAClientClaimsHasAKeyIdAndTheLengthOfAToken() {
    assertThat(Token.claimed(TOKEN)).isEqualTo(Token.parse(TOKEN));
    assertThat(Token.claimed(TOKEN + "0")).isEmpty();
    assertThat(Token.claimed("rbk_team1_secret")).isEmpty();
    assertThat(Token.claimed(TOKEN.replace('_', '-'))).isEmpty();
    assertThat(Token.claimed("xyz_" + TOKEN.substring(4))).isEmpty();
  }

  @Test
  void itsTextIsNotPrinted() {
    assertThat(Token.parse(TOKEN).orElseThrow()).hasToString("rbk_He61I0f");
  }
}
