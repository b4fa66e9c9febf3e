package dev.rollbook.web.security.token;

import dev.rollbook.web.security.access.Caller;
import dev.rollbook.web.security.access.Scope;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Date;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/// Format of the tokens file: a YAML list with one entry for each token.
///
/// Everything that is not understood is refused, because an entry that is half understood could
/// allow more than its author meant. Messages name the position of an entry and its key id, and
/// never repeat a value, which could be a token.
final class TokensYaml {
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final Set<String> MEMBERS =
      Set.of("key", "principal", "tenant", "scopes", "sha256", "expires");

  private TokensYaml() {}

  /// Entries by key id, in the order of the file.
  static Map<String, TokenEntry> parse(String text) throws InvalidTokensException {
    return parse(text, Caller.DEFAULT_TENANT);
  }

  /// Entries by key id, in the order of the file.
  ///
  /// @param defaultTenant of entries that name no tenant
  static Map<String, TokenEntry> parse(String text, String defaultTenant)
      throws InvalidTokensException {
    var entries = new LinkedHashMap<String, TokenEntry>();
    int number = 0;
    for (var node : list(text)) {
      number++;
      var entry = entry(node, "entry " + number, defaultTenant);
      if (entries.put(entry.keyId(), entry) != null) {
        throw new InvalidTokensException("two entries have the key " + entry.keyId());
      }
    }
    if (entries.isEmpty()) {
      throw new InvalidTokensException("it has no token");
    }
    return entries;
  }

  /// The text of one entry, to be appended to a file.
  static String format(TokenEntry entry) {
    var caller = entry.caller();
    var scopes =
        caller.scopes().stream().sorted().map(Scope::wireName).collect(Collectors.joining(", "));
    var expires = caller.expires() == null ? "" : "  expires: \"%s\"%n".formatted(caller.expires());
    return """
    - key: "%s"
      principal: "%s"
      tenant: "%s"
      scopes: [%s]
      sha256: "%s"
    """
            .formatted(entry.keyId(), caller.principal(), caller.tenant(), scopes, entry.sha256())
        + expires;
  }

  static Set<Scope> scopes(List<?> names, String where) throws InvalidTokensException {
    var scopes = EnumSet.noneOf(Scope.class);
    for (var name : names) {
      scopes.add(
          Scope.parse(String.valueOf(name))
              .orElseThrow(() ->
                  new InvalidTokensException(
                      "%s has a scope that does not exist: scopes are %s"
                          .formatted(where, Scope.ALL_NAMES))));
    }
    if (scopes.isEmpty()) {
      throw new InvalidTokensException(where + " has no scopes");
    }
    return scopes;
  }

  static String name(@Nullable Object value, String member, String where)
      throws InvalidTokensException {
    if (value instanceof String text && Caller.TENANT.matcher(text).matches()) {
      return text;
    }
    throw new InvalidTokensException(
        "%s: %s must be a text of %s".formatted(where, member, Caller.TENANT_RULE));
  }

  private static List<?> list(String text) throws InvalidTokensException {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    try {
      return switch (new Yaml(new SafeConstructor(options)).<@Nullable Object>load(text)) {
        case null -> List.of();
        case List<?> list -> list;
        default -> throw new InvalidTokensException("it is not a YAML list of tokens");
      };
    } catch (YAMLException e) {
      // Its message would repeat lines of the file.
      throw new InvalidTokensException("it is not valid YAML");
    }
  }

  private static TokenEntry entry(@Nullable Object node, String position, String defaultTenant)
      throws InvalidTokensException {
    if (!(node instanceof Map<?, ?> members)) {
      throw new InvalidTokensException(position + " is not an object with members");
    }
    if (!(members.get("key") instanceof String key) || !Token.KEY_ID.matcher(key).matches()) {
      throw new InvalidTokensException(
          position + ": key must be a text of 4 to 32 letters and digits, in quotes");
    }
    var where = "%s (key %s)".formatted(position, key);
    if (!MEMBERS.containsAll(members.keySet())) {
      throw new InvalidTokensException(where + " has a member that does not exist");
    }
    if (!(members.get("sha256") instanceof String hash) || !HASH.matcher(hash).matches()) {
      throw new InvalidTokensException(
          where + ": sha256 must be 64 lower-case hexadecimal digits, in quotes");
    }
    if (!(members.get("scopes") instanceof List<?> scopes)) {
      throw new InvalidTokensException(where + ": scopes must be a list");
    }
    Object tenant = members.get("tenant");
    return new TokenEntry(
        key,
        name(members.get("principal"), "principal", where),
        tenant == null ? defaultTenant : name(tenant, "tenant", where),
        scopes(scopes, where),
        HexFormat.of().parseHex(hash),
        expires(members.get("expires"), where));
  }

  /// YAML reads a time that is not in quotes as a date.
  private static @Nullable Instant expires(@Nullable Object value, String where)
      throws InvalidTokensException {
    try {
      return switch (value) {
        case null -> null;
        case Date date -> date.toInstant();
        case String text -> Instant.parse(text);
        default -> throw new InvalidTokensException(where + ": expires is not a time");
      };
    } catch (DateTimeParseException e) {
      throw new InvalidTokensException(
          where + ": expires must be a time in UTC such as 2027-03-01T00:00:00Z");
    }
  }
}
