package dev.rollbook.web.security.token;

import dev.rollbook.web.security.access.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// A tokens file that a test writes with the command `token`, and the tokens of its principals.
public final class TokensFile {
  private static final Clock LONG_AGO =
      Clock.fixed(Instant.parse("2020-01-01T00:00:00Z"), ZoneOffset.UTC);

  private final Path file;
  private final Map<String, String> tokens = new ConcurrentHashMap<>();

  private TokensFile(Path file) {
    this.file = file;
  }

  public static TokensFile create(Path directory) {
    return new TokensFile(directory.resolve("tokens.yml"));
  }

  public Path file() {
    return file;
  }

  /// The token of a principal, which has one.
  public String token(String principal) {
    return Objects.requireNonNull(tokens.get(principal), principal);
  }

  /// The token of a principal, which is created if it has none.
  public String token(String principal, Set<Scope> scopes) {
    return tokens.computeIfAbsent(
        principal, missing -> run(Clock.systemUTC(), options(missing, scopes)));
  }

  /// The token of a principal of a tenant, which is created if the principal has none.
  public String token(String principal, String tenant, Set<Scope> scopes) {
    var options = new ArrayList<>(options(principal, scopes));
    options.add("--tenant=" + tenant);
    return tokens.computeIfAbsent(principal, missing -> run(Clock.systemUTC(), options));
  }

  public String expired(String principal, Set<Scope> scopes) {
    var options = options(principal, scopes);
    return run(LONG_AGO, List.of(options.get(0), options.get(1), "--expires=P1D"));
  }

  /// Removes the entry of a principal, in one step.
  public void remove(String principal) {
    try {
      var kept =
          Arrays.stream(Files.readString(file).split("(?m)(?=^- )"))
              .filter(entry -> !entry.contains("principal: \"" + principal + "\""))
              .collect(Collectors.joining());
      var other =
          Files.copy(file, file.resolveSibling("other"), StandardCopyOption.COPY_ATTRIBUTES);
      Files.writeString(other, kept);
      Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> options(String principal, Set<Scope> scopes) {
    var names = scopes.stream().map(Scope::wireName).collect(Collectors.joining(","));
    return List.of("--principal=" + principal, "--scopes=" + names);
  }

  private String run(Clock clock, List<String> options) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    try (var printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        var problems = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      if (new TokenCommand(clock, file.toString()).run(options, printed, problems) != 0) {
        throw new AssertionError(err.toString(StandardCharsets.UTF_8));
      }
    }
    return out.toString(StandardCharsets.UTF_8).strip();
  }
}
