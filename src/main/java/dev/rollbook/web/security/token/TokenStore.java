package dev.rollbook.web.security.token;

import dev.rollbook.model.StartupException;
import dev.rollbook.rollout.disk.FileState;
import dev.rollbook.rollout.disk.SecretFile;
import dev.rollbook.web.security.access.Scope;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;

/// The tokens that are accepted: those of the tokens file, and the local token.
///
/// A request only looks into a map: the file is read at the start, and by a scheduled task when it
/// has changed. If the changed file cannot be used, the tokens of its last usable content stay
/// accepted, so that a mistake in an editor does not end all turns. A tokens file that cannot be
/// used at the start fails the start.
public final class TokenStore {
  private static final Logger log = LoggerFactory.getLogger(TokenStore.class);
  private static final String FILE_SETTING = "rollbook.security.tokens-file";
  private static final String LOCAL_NAME = "local";

  private final @Nullable SecretFile file;
  private final String defaultTenant;
  private final Map<String, TokenEntry> local;
  private volatile Content content;

  /// @param state of the file when it was read
  /// @param problem why a later content of the file is not used; null if the last one is used
  private record Content(
      Map<String, TokenEntry> entries, @Nullable FileState state, @Nullable String problem) {}

  /// @param tokensFile null if there is none
  /// @param localToken file of the local token, which is created if it is missing; null if no local
  ///   token is accepted
  /// @param defaultTenant of tokens that name no tenant
  /// @throws StartupException if a file cannot be used
  public TokenStore(@Nullable Path tokensFile, @Nullable Path localToken, String defaultTenant) {
    this.defaultTenant = defaultTenant;
    this.file = tokensFile == null ? null : new SecretFile(tokensFile);
    this.local = localToken == null ? Map.of() : localEntry(new SecretFile(localToken));
    this.content = file == null ? new Content(Map.of(), null, null) : firstContent(file);
  }

  public Optional<TokenEntry> find(String keyId) {
    var found = content.entries().get(keyId);
    return Optional.ofNullable(found == null ? local.get(keyId) : found);
  }

  /// All accepted tokens in the order of their key ids, for operators: everything but the hashes.
  public List<Map<String, Object>> summary() {
    return entries().values().stream().map(TokenEntry::summary).toList();
  }

  /// All accepted tokens by key id, in this order.
  Map<String, TokenEntry> entries() {
    var all = new TreeMap<>(local);
    all.putAll(content.entries());
    return all;
  }

  /// Why the content of the tokens file is not used; empty if it is used.
  public Optional<String> problem() {
    return Optional.ofNullable(content.problem());
  }

  /// Reads the tokens file if it has changed since it was last read. A file that could not be used
  /// is read each time, because a change of its mode does not change its time.
  @Scheduled(fixedDelay = 1000)
  void reload() {
    if (file == null) {
      return;
    }
    var before = content;
    try {
      var state = file.state();
      if (before.problem() == null && state != null && state.equals(before.state())) {
        return;
      }
      var entries = merged(before.entries(), TokensYaml.parse(file.read(), defaultTenant));
      content = new Content(entries, state, null);
      before.entries().values().stream()
          .filter(entry -> !entries.containsValue(entry))
          .forEach(TokenEntry::revoke);
      log.info("read {}: {} tokens", file.path(), content.entries().size());
    } catch (IOException | InvalidTokensException e) {
      var problem = sentence(file, e);
      content = new Content(before.entries(), before.state(), problem);
      if (!problem.equals(before.problem())) {
        log.warn("{}; the tokens that were read before stay accepted: correct the file", problem);
      }
    }
  }

  /// The entries of the file, in which unchanged entries are the same objects as before.
  private static Map<String, TokenEntry> merged(
      Map<String, TokenEntry> before, Map<String, TokenEntry> now) {
    var merged = new HashMap<>(now);
    merged.replaceAll((keyId, entry) -> {
      var known = before.get(keyId);
      return known != null && known.isSame(entry) ? known : entry;
    });
    return merged;
  }

  private Content firstContent(SecretFile file) {
    try {
      var state = file.state();
      return new Content(TokensYaml.parse(file.read(), defaultTenant), state, null);
    } catch (IOException | InvalidTokensException e) {
      throw new StartupException(
          "The tokens file cannot be used: " + sentence(file, e) + ".",
          "Correct the file that %s names, or create one: java -jar rollbook.jar token --file=%s --principal=NAME --scopes=read,append"
              .formatted(FILE_SETTING, file.path()));
    }
  }

  private Map<String, TokenEntry> localEntry(SecretFile file) {
    try {
      if (file.state() == null) {
        file.create(Token.create(new SecureRandom()).text() + "\n");
        log.info("created {} with the token that every client has to send", file.path());
      }
      var token =
          Token.parse(file.read().strip())
              .orElseThrow(() -> new InvalidTokensException("it is not a token"));
      var entry =
          new TokenEntry(
              token.keyId(),
              LOCAL_NAME,
              defaultTenant,
              EnumSet.allOf(Scope.class),
              token.sha256(),
              null);
      return Map.of(token.keyId(), entry);
    } catch (IOException | InvalidTokensException e) {
      throw new StartupException(
          "The local token cannot be used: " + sentence(file, e) + ".",
          "Delete %s, so that the next start creates another token, or set".formatted(file.path())
              + " rollbook.security.local-token=false.");
    }
  }

  private static String sentence(SecretFile file, Exception e) {
    return switch (e) {
      case NoSuchFileException missing -> file.path() + " does not exist, or is not a file";
      case AccessDeniedException denied ->
          file.path() + ": the user who runs the service may not use it";
      case FileSystemException other when other.getReason() != null ->
          file.path() + ": " + other.getReason();
      case IOException other -> file.path() + " cannot be read (" + name(other) + ")";
      default -> file.path() + ": " + e.getMessage();
    };
  }

  private static String name(IOException e) {
    return e.getClass().getSimpleName();
  }
}
