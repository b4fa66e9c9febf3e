package dev.rollbook.web.security.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.model.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/// Which tokens are accepted while files change.
@ExtendWith(OutputCaptureExtension.class)
class TokenStoreTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir Path directory;
  private final Token one = Token.create(RANDOM);
  private final Token other = Token.create(RANDOM);

  @Test
  void aTokenOfTheFileIsFoundByItsKeyAndHash() throws IOException {
    var store = new TokenStore(file(one), null, "default");

    assertThat(store.find(one.keyId()))
        .hasValueSatisfying(entry -> {
          for (int request = 0; request < 2; request++) {
            assertThat(entry.isOf(one)).isTrue();
            assertThat(entry.isOf(other)).isFalse();
            assertThat(entry.isOf(new Token(one.keyId(), one.text() + "0"))).isFalse();
          }
        });
    assertThat(store.find(other.keyId())).isEmpty();
  }

  @Test
  void aChangedFileIsReadAgain() throws IOException {
    var store = new TokenStore(file(one), null, "default");
    file(one, other);

    store.reload();

    assertThat(store.find(one.keyId())).isPresent();
    assertThat(store.find(other.keyId())).isPresent();
    file(other);
    store.reload();
    assertThat(store.find(one.keyId())).isEmpty();
    assertThat(store.problem()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "- key: 5"})
  void aChangedFileThatIsInvalidKeepsTheTokensAndIsReportedOnce(String text, CapturedOutput output)
      throws IOException {
    var file = file(one);
    var store = new TokenStore(file, null, "default");
    Files.writeString(file, text);

    store.reload();
    store.reload();

    assertThat(store.find(one.keyId())).isPresent();
    assertThat(store.problem()).hasValueSatisfying(it -> assertThat(it).contains(file.toString()));
    assertThat(output.getAll().lines().filter(line -> line.contains("WARN"))).hasSize(1);
    file(other);
    store.reload();
    assertThat(store.problem()).isEmpty();
    assertThat(store.find(other.keyId())).isPresent();
  }

  @Test
  void aFileThatDisappearsKeepsTheTokens() throws IOException {
    var file = file(one);
    var store = new TokenStore(file, null, "default");
    Files.delete(file);

    store.reload();

    assertThat(store.find(one.keyId())).isPresent();
    assertThat(store.problem().orElseThrow()).contains("does not exist");
  }

  /// The time of a file does not change with its mode.
  @Test
  void aFileWhoseModeWasCorrectedIsReadAgain() throws IOException {
    var file = file(one);
    var store = new TokenStore(file, null, "default");
    file(other);
    mode(file, "rw-r--r--");
    store.reload();
    assertThat(store.problem().orElseThrow()).contains("chmod 600");

    mode(file, "rw-------");
    store.reload();

    assertThat(store.problem()).isEmpty();
    assertThat(store.find(other.keyId())).isPresent();
  }

  /// As Kubernetes replaces a mounted file.
  @Test
  void aLinkThatLeadsToAnotherFileIsFollowed() throws IOException {
    var link = directory.resolve("link");
    Files.createSymbolicLink(link, Files.move(file(one), directory.resolve("first")));
    var store = new TokenStore(link, null, "default");
    var second = Files.move(file(other), directory.resolve("second"));
    Files.delete(link);
    Files.createSymbolicLink(link, second);

    store.reload();

    assertThat(store.find(other.keyId())).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-rw-rw-", "r--r--r--", "rw-----w-"})
  void aFileOfOthersFailsTheStart(String mode) throws IOException {
    var file = file(one);
    mode(file, mode);

    assertThatThrownBy(() -> new TokenStore(file, null, "default"))
        .isInstanceOf(StartupException.class)
        .hasMessage(
            "The tokens file cannot be used: %s: other users may read or write it: run chmod 600 on it."
                .formatted(file));
  }

  @Test
  void aMissingFileFailsTheStartAndTheRemedyCreatesOne() {
    var file = directory.resolve("nothing.yml");

    assertThatThrownBy(() -> new TokenStore(file, null, "default"))
        .isInstanceOfSatisfying(
            StartupException.class,
            refused -> {
              assertThat(refused).hasMessageContaining(file + " does not exist");
              assertThat(refused.remedy()).contains("token --file=" + file);
            });
  }

  @Test
  void anInvalidFileFailsTheStart() throws IOException {
    var file = file(one);
    Files.writeString(file, "[]");

    assertThatThrownBy(() -> new TokenStore(file, null, "default"))
        .isInstanceOf(StartupException.class)
        .hasMessageEndingWith(": it has no token.");
  }

  @Test
  void theLocalTokenIsCreatedOnceForItsOwnerOnly() throws IOException {
    var file = directory.resolve("data/token");
    var store = new TokenStore(null, file, "default");
    var text = Files.readString(file);

    var again = new TokenStore(null, file, "default");

    assertThat(Files.readString(file)).isEqualTo(text);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    var token = Token.parse(text.strip()).orElseThrow();
    for (var each : Set.of(store, again)) {
      assertThat(each.find(token.keyId()).orElseThrow().isOf(token)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "secret"})
  void aLocalTokenThatIsNoneFailsTheStart(String text) throws IOException {
    var file = Files.writeString(directory.resolve("token"), text);
    mode(file, "rw-------");

    assertThatThrownBy(() -> new TokenStore(null, file, "default"))
        .isInstanceOf(StartupException.class)
        .hasMessageEndingWith(": it is not a token.");
  }

  @Test
  void theSummaryHasNoHashes() throws IOException {
    var store = new TokenStore(file(one, other), null, "default");

    assertThat(store.summary()).hasSize(2);
    assertThat(store.summary().toString())
        .contains(one.keyId(), other.keyId(), "principal=ci")
        .doesNotContain(HexFormat.of().formatHex(one.sha256()));
  }

  private Path file(Token... tokens) throws IOException {
    var file = directory.resolve("tokens.yml");
    var text = Arrays.stream(tokens).map(TokenStoreTest::entry).collect(Collectors.joining());
    Files.writeString(file, text);
    mode(file, "rw-------");
    return file;
  }

  private static void mode(Path file, String mode) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String entry(Token token) {
    return "- {key: \"%s\", principal: ci, scopes: [read], sha256: \"%s\"}\n"
        .formatted(token.keyId(), HexFormat.of().formatHex(token.sha256()));
  }
}
