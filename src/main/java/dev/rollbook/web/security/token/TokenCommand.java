package dev.rollbook.web.security.token;

import dev.rollbook.rollout.disk.SecretFile;
import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Scope;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The command `token`: creates a token, appends its entry to the tokens file, and prints the
/// token.
///
/// Neither the service nor Spring is started. The entry is appended in one write after the existing
/// entries and the new one were parsed together, so that a running service never reads a file that
/// the command has broken.
public final class TokenCommand {
  public static final String NAME = "token";

  private static final Set<String> OPTIONS =
      Set.of("principal", "tenant", "scopes", "expires", "file");
  private static final String DEFAULT_FILE = "tokens.yml";
  private static final String USAGE =
      """
      usage: java -jar rollbook.jar token --principal=NAME --scopes=SCOPE,... [--tenant=NAME] [--expires=P90D] [--file=PATH]

      Creates a token, appends its hash to the tokens file, and prints the token, which is shown only once.

        --principal  who uses the token; operators see it in the health of the service
        --scopes     what the token allows: %s
        --tenant     default: %s
        --expires    how long the token is accepted, as an ISO 8601 period such as P90D; default: for ever
        --file       default: the environment variable ROLLBOOK_SECURITY_TOKENSFILE, otherwise ./%s
      """
          .formatted(Scope.ALL_NAMES, Caller.DEFAULT_TENANT, DEFAULT_FILE);

  private final Clock clock;
  private final @Nullable String configuredFile;

  /// @param configuredFile tokens file that the service is configured with; null if that is unknown
  TokenCommand(Clock clock, @Nullable String configuredFile) {
    this.clock = clock;
    this.configuredFile = configuredFile;
  }

  /// @param arguments of the process, without the name of the command
  /// @return exit status of the process
  public static int run(List<String> arguments) {
    var command =
        new TokenCommand(Clock.systemUTC(), System.getenv("ROLLBOOK_SECURITY_TOKENSFILE"));
    return command.run(arguments, System.out, System.err);
  }

  int run(List<String> arguments, PrintStream out, PrintStream err) {
    if (arguments.contains("--help")) {
      out.print(USAGE);
      return 0;
    }
    try {
      var options = options(arguments);
      var file = new SecretFile(Path.of(file(options)));
      var token = Token.create(new SecureRandom());
      append(file, entry(token, options));
      out.println(token.text());
      return 0;
    } catch (InvalidTokensException e) {
      err.println("no token was created: " + e.getMessage());
      err.println("for help: java -jar rollbook.jar token --help");
      return 2;
    } catch (IOException e) {
      err.println("no token was created: " + e);
      return 1;
    }
  }

  private String file(Map<String, String> options) {
    var byDefault =
        configuredFile == null || configuredFile.isBlank() ? DEFAULT_FILE : configuredFile;
    return options.getOrDefault("file", byDefault);
  }

  private TokenEntry entry(Token token, Map<String, String> options) throws InvalidTokensException {
    var scopes = List.of(required("scopes", options).split(",", -1));
    return new TokenEntry(
        token.keyId(),
        TokensYaml.name(required("principal", options), "--principal", "options"),
        TokensYaml.name(
            options.getOrDefault("tenant", Caller.DEFAULT_TENANT), "--tenant", "options"),
        TokensYaml.scopes(scopes, "--scopes"),
        token.sha256(),
        expires(options.get("expires")));
  }

  private @Nullable Instant expires(@Nullable String period) throws InvalidTokensException {
    if (period == null) {
      return null;
    }
    try {
      var length = Period.parse(period);
      if (length.isZero() || length.isNegative()) {
        throw new InvalidTokensException("--expires must be longer than no time");
      }
      return clock
          .instant()
          .truncatedTo(ChronoUnit.SECONDS)
          .atOffset(ZoneOffset.UTC)
          .plus(length)
          .toInstant();
    } catch (DateTimeException e) {
      throw new InvalidTokensException("--expires must be an ISO 8601 period such as P90D");
    }
  }

  private static void append(SecretFile file, TokenEntry entry)
      throws IOException, InvalidTokensException {
    var text = TokensYaml.format(entry);
    if (file.state() == null) {
      file.create(text);
      return;
    }
    var before = file.read();
    var addition = before.isEmpty() || before.endsWith("\n") ? text : "\n" + text;
    try {
      TokensYaml.parse(before + addition);
    } catch (InvalidTokensException e) {
      throw new InvalidTokensException(file.path() + ": " + e.getMessage());
    }
    file.append(addition);
  }

  private static String required(String option, Map<String, String> options)
      throws InvalidTokensException {
    var value = options.get(option);
    if (value == null) {
      throw new InvalidTokensException("--" + option + " is missing");
    }
    return value;
  }

  /// Reads `--name=value` and `--name value`.
  private static Map<String, String> options(List<String> arguments) throws InvalidTokensException {
    var options = new HashMap<String, String>();
    for (int at = 0; at < arguments.size(); at++) {
      var parts = arguments.get(at).split("=", 2);
      var name = parts[0].startsWith("--") ? parts[0].substring(2) : "";
      if (!OPTIONS.contains(name)) {
        throw new InvalidTokensException(parts[0] + " is not an option");
      }
      if (parts.length == 1 && ++at == arguments.size()) {
        throw new InvalidTokensException("--" + name + " has no value");
      }
      if (options.put(name, parts.length == 1 ? arguments.get(at) : parts[1]) != null) {
        throw new InvalidTokensException("--" + name + " is given twice");
      }
    }
    return options;
  }
}
