package dev.rollbook.web.security.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The command `token`.
class TokenCommandTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-30T12:00:00.500Z"), ZoneOffset.UTC);

  @TempDir Path directory;
  private Path file;
  private String out;
  private String err;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("tokens.yml");
  }

  @Test
  void theTokenIsPrintedAndTheFileHasItsHash() throws Exception {
    int status =
        run("--principal=ci", "--tenant", "team-a", "--scopes=read,append", "--expires=P90D");

    assertThat(status).as(err).isZero();
    var token = Token.parse(out.strip()).orElseThrow();
    var entry = TokensYaml.parse(Files.readString(file)).get(token.keyId());
    assertThat(entry.isOf(token)).isTrue();
    assertThat(entry.caller().principal()).isEqualTo("ci");
    assertThat(entry.caller().tenant()).isEqualTo("team-a");
    assertThat(entry.caller().expires()).isEqualTo("2027-02-28T12:00:00Z");
    assertThat(Files.readString(file)).doesNotContain(out.strip());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void furtherTokensAreAppendedAfterWhatIsThere() throws Exception {
    run("--principal=a", "--scopes=read");
    var before = "# my tokens\n" + Files.readString(file).stripTrailing();
    Files.writeString(file, before);

    assertThat(run("--principal=b", "--scopes=metrics")).as(err).isZero();

    assertThat(Files.readString(file)).startsWith(before);
    assertThat(TokensYaml.parse(Files.readString(file))).hasSize(2);
  }

  @Test
  void aFileThatCannotBeUsedIsNotChanged() throws IOException {
    run("--principal=a", "--scopes=read");
    Files.writeString(file, "key: value\n");

    assertThat(run("--principal=b", "--scopes=read")).isEqualTo(2);

    assertThat(Files.readString(file)).isEqualTo("key: value\n");
    assertThat(out).isEmpty();
    assertThat(err).contains(file.toString(), "not valid YAML");
  }

  @Test
  void aFileOfOthersIsNotChanged() throws IOException {
    run("--principal=a", "--scopes=read");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThat(run("--principal=b", "--scopes=read")).isEqualTo(1);

    assertThat(err).contains("chmod 600");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--scopes=read",
        "--principal=ci",
        "--principal=ci --scopes=reed",
        "--principal=ci --scopes=",
        "--principal=c/i --scopes=read",
        "--principal=ci --scopes=read --expires=90",
        "--principal=ci --scopes=read --expires=P0D",
        "--principal=ci --scopes=read --expires=P-1D",
        "--principal=ci --scopes=read --expires=P999999999Y",
        "--principal=ci --scopes=read --tenant",
        "--principal=ci --scopes=read --scope=append",
        "--principal=ci --scopes=read --principal=ci",
        "ci --scopes=read"
      })
  void wrongOptionsCreateNothing(String options) {
    assertThat(run(options.split(" "))).isEqualTo(2);

    assertThat(file).doesNotExist();
    assertThat(out).isEmpty();
    assertThat(err).startsWith("no token was created: ").contains("--help");
  }

  @Test
  void helpNamesAllScopes() {
    assertThat(run("--help")).isZero();

    assertThat(out).contains("read, append, manage, import, export, metrics, operate");
    assertThat(file).doesNotExist();
  }

  private int run(String... arguments) {
    var stdout = new ByteArrayOutputStream();
    var stderr = new ByteArrayOutputStream();
    try (var printed = new PrintStream(stdout, true, StandardCharsets.UTF_8);
        var problems = new PrintStream(stderr, true, StandardCharsets.UTF_8)) {
      return new TokenCommand(CLOCK, file.toString()).run(List.of(arguments), printed, problems);
    } finally {
      out = stdout.toString(StandardCharsets.UTF_8);
      err = stderr.toString(StandardCharsets.UTF_8);
    }
  }
}
